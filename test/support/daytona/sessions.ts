import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, emptyAnswer, jsonAnswer } from './answers.ts';
import { daemonEnv } from './double.ts';
import { goString } from './go.ts';
import { signal } from './processes.ts';
import type { ToolboxCall } from './toolbox-call.ts';

export interface Session {
	readonly processGroup: number;
	readonly stdin: Socket;
	readonly directory: string;
	readonly commands: Map<string, string>;
}

export type Sessions = Map<string, Session>;

const POLL_MS = 50;

const KILL_GRACE_MS = 100;

export async function createSession(call: ToolboxCall): Promise<Answer> {
	const { sessionId } = (call.request.body ?? {}) as { readonly sessionId?: string };
	const { sandbox, double } = call;
	if (!sessionId) {
		return call.fail({ status: 400, code: 'BAD_REQUEST', message: 'bad request: sessionId is required' });
	}
	if (sandbox.sessions.has(sessionId)) {
		return call.fail({ status: 409, code: 'CONFLICT', message: 'conflict: session already exists' });
	}
	const directory = join(double.root, `session-${randomUUID()}`);
	mkdirSync(directory);
	const stdin = double.pipes.toChild();
	const { pid } = await double.launcher.start({
		stdinPath: stdin.path,
		outputPath: '/dev/null',
		cwd: sandbox.workDir,
		env: daemonEnv(double, sandbox),
		command: [double.shell.path, ...(double.shell.args ?? [])],
	});
	stdin.handOver();
	stdin.ours.on('error', () => stdin.ours.destroy());
	sandbox.processGroups.add(pid);
	sandbox.sessions.set(sessionId, { processGroup: pid, stdin: stdin.ours, directory, commands: new Map() });
	return emptyAnswer(201);
}

export function listSessions({ sandbox }: ToolboxCall): Answer {
	return jsonAnswer(
		200,
		[...sandbox.sessions].map(([sessionId, session]) => describe(sessionId, session)),
	);
}

export function getSession(call: ToolboxCall): Answer {
	const session = findSession(call);
	return session === undefined ? noSession(call) : jsonAnswer(200, describe(call.parameters[0] ?? '', session));
}

export async function deleteSession(call: ToolboxCall): Promise<Answer> {
	const session = findSession(call);
	if (session === undefined) return noSession(call);
	call.sandbox.sessions.delete(call.parameters[0] ?? '');
	signal(-session.processGroup, 'SIGTERM');
	await sleep(KILL_GRACE_MS);
	signal(-session.processGroup, 'SIGKILL');
	session.stdin.destroy();
	return emptyAnswer(204);
}

/** A synchronous command whose shell is gone, as after `exit`, is never answered: neither does the daemon. */
export async function executeInSession(call: ToolboxCall): Promise<Answer> {
	const session = findSession(call);
	if (session === undefined) {
		const message = 'failed to execute command: not found: session not found';
		return jsonAnswer(500, { statusCode: 500, message, timestamp: '0001-01-01T00:00:00Z', path: '' });
	}
	const { command = '', runAsync = false } = (call.request.body ?? {}) as {
		readonly command?: string;
		readonly runAsync?: boolean;
	};
	const commandId = randomUUID();
	session.commands.set(commandId, command);
	startCommand(session, commandId, command);
	if (runAsync) {
		return jsonAnswer(202, { cmdId: commandId, output: null, stdout: null, stderr: null, exitCode: null });
	}
	while (exitCodeOf(session, commandId) === undefined) await sleep(POLL_MS);
	const exitCode = exitCodeOf(session, commandId);
	return jsonAnswer(200, { cmdId: commandId, ...readLogs(session, commandId), exitCode });
}

export function getCommand(call: ToolboxCall): Answer {
	const [, commandId = ''] = call.parameters;
	const session = findSession(call);
	const command = session?.commands.get(commandId);
	if (session === undefined) return noSession(call);
	if (command === undefined) {
		return call.fail({ status: 404, code: 'NOT_FOUND', message: 'not found: command not found' });
	}
	return jsonAnswer(200, describeCommand(session, commandId, command));
}

export function getCommandLogs(call: ToolboxCall): Answer {
	const [, commandId = ''] = call.parameters;
	const session = findSession(call);
	return session === undefined ? noSession(call) : jsonAnswer(200, readLogs(session, commandId));
}

function startCommand({ stdin, directory }: Session, commandId: string, command: string): void {
	const file = (kind: string) => `'${join(directory, `${commandId}.${kind}`)}'`;
	writeFileSync(join(directory, `${commandId}.sh`), `${command}\n`);
	const run = `{ . ${file('sh')}; } </dev/null >${file('out')} 2>${file('err')}`;
	stdin.write(`${run}; echo $? >${file('code.new')}; mv ${file('code.new')} ${file('code')}\n`);
}

function exitCodeOf({ directory }: Session, commandId: string): number | undefined {
	const file = join(directory, `${commandId}.code`);
	return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
}

function readLogs({ directory }: Session, commandId: string) {
	const [stdout, stderr] = ['out', 'err'].map((kind) => readLog(join(directory, `${commandId}.${kind}`)));
	return { output: markLines(stdout, '\x01\x01\x01') + markLines(stderr, '\x02\x02\x02'), stdout, stderr };
}

function markLines(text = '', mark: string): string {
	return text.replace(/[^\n]*\n/g, (line) => `${mark}${line}`);
}

/** The daemon reads line by line: a last line gains its newline, NUL bytes go. */
function readLog(file: string): string {
	if (!existsSync(file)) return '';
	const text = goString(readFileSync(file)).replaceAll('\0', '');
	return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

function describe(sessionId: string, session: Session): object {
	const commands = [...session.commands].map(([id, command]) => describeCommand(session, id, command));
	return { sessionId, commands };
}

function describeCommand(session: Session, id: string, command: string): object {
	return { id, command, exitCode: exitCodeOf(session, id) };
}

function findSession({ sandbox, parameters }: ToolboxCall): Session | undefined {
	return sandbox.sessions.get(parameters[0] ?? '');
}

function noSession(call: ToolboxCall): Answer {
	return call.fail({ status: 404, code: 'NOT_FOUND', message: 'not found: session not found' });
}
