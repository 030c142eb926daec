/** Who is told of the incidents of this process? */
export { publicUrlOf } from './links.ts';
export { notifyInput, notifyTestInput, silenceEndInput, silenceInput, silencesInput } from './notify-inputs.ts';
export { type Notify, openNotify } from './open-notify.ts';
