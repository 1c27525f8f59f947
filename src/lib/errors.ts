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
	/** The paths of those files that were written before. */
	readonly written: readonly string[];

	constructor(message: string, { cause, written = [] }: { cause?: unknown; written?: readonly string[] } = {}) {
		super(message, { cause });
		this.written = written;
	}
}

/** A question ended without an answer: the person left it, or the terminal is gone. Nothing was changed. */
export class Cancelled extends Error {
	override readonly name = 'Cancelled';
}
