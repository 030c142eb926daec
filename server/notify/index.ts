/** Who is told of the incidents of this process? */
export { notifyTestInput, silenceEndInput, silenceInput } from './notify-inputs.ts';
export { type Notify, openNotify } from './open-notify.ts';
