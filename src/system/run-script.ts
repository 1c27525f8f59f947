import type ChildProcess from 'node:child_process';

/** Of the Node that runs a script. */
export const NODE_VERSION = process.versions.node;

interface ScriptOptions {
	/** Before the script, as `--env-file=.env`. */
	readonly nodeOptions: readonly string[];
	/** Where the script's imports are looked for. */
	readonly cwd: string;
	/** What the script gets as its first message. */
	readonly input: object;
	/** Sends the script a second message: it ends by itself, and cleans up before. */
	readonly signal: AbortSignal;
	readonly onMessage: (message: unknown) => void;
}

/** How the process ended, in words; undefined for an exit code of 0. */
type ScriptEnd = string | undefined;

/** Runs a module in a Node of its own. Of what it prints nothing is read: that can hold anything. It speaks over a channel. */
export function runScript(script: string, options: ScriptOptions): Promise<ScriptEnd> {
	const { nodeOptions, cwd, input, signal, onMessage } = options;
	return new Promise((resolve) => {
		const child = (require('node:child_process') as typeof ChildProcess).spawn(
			process.execPath,
			[...nodeOptions, '--input-type=module', '-'],
			{
				cwd,
				stdio: ['pipe', 'ignore', 'ignore', 'ipc'],
				windowsHide: true,
			},
		);
		const cancel = () => void (child.connected && child.send({ type: 'cancel' }, () => {}));
		signal.addEventListener('abort', cancel);
		child.on('message', onMessage);
		const end = (words: ScriptEnd) => {
			signal.removeEventListener('abort', cancel);
			resolve(words);
		};
		child.on('error', ({ message }) => end(message));
		child.on('close', (code, killedBy) => {
			if (killedBy !== null) end(`Node was ended by ${killedBy}`);
			else end(code === 0 ? undefined : `Node ended with exit code ${code}`);
		});
		child.stdin?.on('error', () => {});
		child.stdin?.end(script);
		child.send(input, () => {});
		if (signal.aborted) cancel();
	});
}
