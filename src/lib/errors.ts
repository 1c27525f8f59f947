/** A problem that the user can mend: what happened, then what to do. Ends the run with exit code 2. */
export class UsageError extends Error {
	override readonly name = 'UsageError';
	readonly hint: string | undefined;

	constructor(message: string, hint?: string) {
		super(message);
		this.hint = hint;
	}
}

/** The disk refused: which path, and why in words. */
export class WriteError extends Error {
	override readonly name = 'WriteError';
	/** A sentence for each path that could not be put back. */
	readonly notRestored: readonly string[];

	constructor(message: string, { cause, notRestored = [] }: { cause?: unknown; notRestored?: readonly string[] } = {}) {
		super(message, { cause });
		this.notRestored = notRestored;
	}
}

/** The person at the terminal left a question with Ctrl-C or Esc. Nothing was changed. */
export class Cancelled extends Error {
	override readonly name = 'Cancelled';
}
