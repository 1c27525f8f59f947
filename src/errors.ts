/** A problem that the user can mend: what happened, then what to do. Ends the run with exit code 2. */
export class UsageError extends Error {
	override readonly name = 'UsageError';
	readonly hint: string | undefined;

	constructor(message: string, hint?: string) {
		super(message);
		this.hint = hint;
	}
}

/** The person at the terminal left a question with Ctrl-C or Esc, or said no. Nothing was changed. */
export class Cancelled extends Error {
	override readonly name = 'Cancelled';
}
