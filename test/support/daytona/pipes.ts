import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';

const BATCH = 64;

/** A FIFO of which one end is ours. */
export interface Pipe {
	readonly path: string;
	readonly ours: Socket;
	/** To be called once the child has opened its end. */
	handOver(): void;
}

export interface PipeSource {
	toChild(): Pipe;
	fromChild(): Pipe;
}

/**
 * Real pipes for children. Node's own `stdio: 'pipe'` are sockets: bash takes a socket on stdin for a network login
 * and reads ~/.bashrc, `/dev/stderr` cannot be opened, and stdout and stderr cannot share one.
 */
export function createPipeSource(directory: string): PipeSource {
	const paths: string[] = [];

	function nextPath(): string {
		if (paths.length === 0) {
			const batch = randomBytes(4).toString('hex');
			for (let i = 0; i < BATCH; i++) paths.push(join(directory, `${batch}-${i}`));
			execFileSync('mkfifo', paths);
		}
		return paths.pop() as string;
	}

	/** To open one end blocks until the other is open: a descriptor for both stands in for the child's. */
	function open(mode: 'read' | 'write'): Pipe {
		const path = nextPath();
		const both = openSync(path, constants.O_RDWR);
		const fd = openSync(path, (mode === 'read' ? constants.O_RDONLY : constants.O_WRONLY) | constants.O_NONBLOCK);
		const ours = new Socket({ fd, readable: mode === 'read', writable: mode === 'write' });
		return {
			path,
			ours,
			handOver() {
				closeSync(both);
				unlinkSync(path);
			},
		};
	}

	return { toChild: () => open('write'), fromChild: () => open('read') };
}
