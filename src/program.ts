/** This program, as the text that we print names it. */
export interface Program {
	readonly version: string;
	/** What a reader types to run this very program in the project: "npx flue", "pnpm flue", "flue", … */
	readonly command: string;
}
