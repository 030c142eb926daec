/** How does a running server hear of what changes on a site? */
export { openWebhook, type Webhook } from './open-webhook.ts';
export { namesIn } from './settings.ts';
export { webhookSchema } from './webhook-route.ts';
