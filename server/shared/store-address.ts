/** Is this the address of a Redis, and how may it be shown? */

const DATABASE_MAX = 1_048_575;

/** Without user and password: `redis://127.0.0.1:6379/0`. @returns null where it is no such address */
export function storeAddress(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === '') return null;
  if (url.search !== '' || url.hash !== '' || !/^\/?(\d{0,7})$/.test(url.pathname)) return null;
  const database = Number(url.pathname.slice(1));
  if (database > DATABASE_MAX || !decodes(url.username) || !decodes(url.password)) return null;
  return `${url.protocol}//${url.hostname}:${url.port || '6379'}/${database}`;
}

/** A percent sign that begins no code would be refused only when the connection is made. */
function decodes(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
