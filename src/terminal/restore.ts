import { writeOut } from './streams.ts';

/** Kitty's keyboard protocol, of which the main and the alternate screen have each their own. */
const PLAIN_KEYBOARD = '\u001B[<9u';

/** The cursor is saved first: what leaves the alternate screen moves it in the main one too, to where it was saved. */
const LEAVE_ALTERNATE_SCREEN = '\u001B7\u001B[?1049l';

/** Cursor keys, the mouse, focus, pasted text and keys with modifiers as a shell wants them; the cursor, and no colour. */
const PLAIN_MODES = '\u001B[?1;9;1000;1002;1003;1004;1005;1006;1015;2004l\u001B[>4m\u001B>\u001B[?25h\u001B[m';

/** Undoes what a program that was ended by a signal left of its screen. Node.js itself takes back raw mode when it ends. */
export async function restoreTerminal(): Promise<void> {
	await writeOut('stderr', PLAIN_KEYBOARD + LEAVE_ALTERNATE_SCREEN + PLAIN_KEYBOARD + PLAIN_MODES);
}
