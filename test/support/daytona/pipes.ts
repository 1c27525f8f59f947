import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';

const BATCH = 64;

/** The end that Node keeps and the end that a child inherits, to be closed here once the child has it. */
export interface Pipe {
	readonly ours: Socket;
	readonly childFd: number;
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

	/** Opening one end of a FIFO blocks until the other is open: a third descriptor holds both. */
	function open(ours: 'read' | 'write'): { readonly readFd: number; readonly writeFd: number } {
		const path = nextPath();
		const both = openSync(path, constants.O_RDWR);
		const readFd = openSync(path, constants.O_RDONLY | (ours === 'read' ? constants.O_NONBLOCK : 0));
		const writeFd = openSync(path, constants.O_WRONLY | (ours === 'write' ? constants.O_NONBLOCK : 0));
		closeSync(both);
		unlinkSync(path);
		return { readFd, writeFd };
	}

	return {
		toChild() {
			const { readFd, writeFd } = open('write');
			return { ours: new Socket({ fd: writeFd, readable: false, writable: true }), childFd: readFd };
		},
		fromChild() {
			const { readFd, writeFd } = open('read');
			return { ours: new Socket({ fd: readFd, readable: true, writable: false }), childFd: writeFd };
		},
	};
}
