import type { Interruption } from './interruption.ts';

/** Names and values of the environment; a value is shown to nobody. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Which of the streams are terminals. */
export interface Terminals {
	readonly stdin: boolean;
	readonly stdout: boolean;
	readonly stderr: boolean;
}

/** What a command needs to know of the process that it runs in. */
export interface Context {
	readonly cwd: string;
	readonly env: Environment;
	readonly terminals: Terminals;
	/** Once it was asked for, a signal no longer ends the process. */
	readonly interruption: Interruption;
	/** Tells a person what is going on. */
	readonly say: (line: string) => void;
	/** Shows a person that `work`, which takes long, goes on. */
	readonly withProgress: <T>(what: string, work: (say: (line: string) => void) => Promise<T>) => Promise<T>;
}
