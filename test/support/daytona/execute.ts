import { type Answer, jsonAnswer } from './answers.ts';
import { daemonEnv } from './double.ts';
import { goString } from './go.ts';
import { SANDBOX_ID_VARIABLE } from './processes.ts';
import { runShell, type ShellEnd } from './shell.ts';
import type { ToolboxCall } from './toolbox-call.ts';

interface ExecuteRequest {
	readonly command: string;
	readonly timeout: number;
	readonly cwd: string;
	readonly envs: Readonly<Record<string, string>>;
}

const GO_TYPES = { command: 'string', timeout: 'uint32', cwd: 'string', envs: 'map[string]string' } as const;

const MAX_UINT32 = 4_294_967_295;

export async function execute(call: ToolboxCall): Promise<Answer> {
	const request = parseExecuteRequest(call.request.body);
	if (typeof request === 'string') {
		return call.fail({ status: 400, message: `bad request: ${request}`, code: 'BAD_REQUEST' });
	}
	const { sandbox, double } = call;
	const end = await runShell(
		{
			shell: double.shell,
			script: request.command,
			cwd: call.resolve(request.cwd),
			env: { ...daemonEnv(double, sandbox), ...request.envs, [SANDBOX_ID_VARIABLE]: sandbox.id },
			timeoutSeconds: request.timeout,
		},
		sandbox,
		double,
	);
	return executeAnswer(end, call);
}

function executeAnswer(end: ShellEnd, call: ToolboxCall): Answer {
	switch (end.kind) {
		case 'ended':
			return jsonAnswer(200, { exitCode: end.exitCode, result: goString(end.output) });
		case 'not-started':
			return jsonAnswer(200, { exitCode: -1, result: end.reason });
		case 'timed-out':
			return call.fail({
				status: 408,
				message: 'request timeout: command execution timeout',
				code: call.double.structuredErrors ? 'PROCESS_EXECUTION_TIMEOUT' : 'REQUEST_TIMEOUT',
			});
	}
}

/** The request, or what the daemon says against it. */
export function parseExecuteRequest(body: unknown): ExecuteRequest | string {
	const fields = (body ?? {}) as Record<string, unknown>;
	const problem = typeProblem(fields);
	if (problem !== undefined) return `invalid request body: ${problem}`;
	const { command, timeout, cwd, envs } = fields as Partial<ExecuteRequest>;
	if (!command) {
		const where = "Key: 'ExecuteRequest.Command' Error:Field validation for 'Command'";
		return `invalid request body: ${where} failed on the 'required' tag`;
	}
	if (command.trim() === '') return 'command cannot be empty or whitespace-only';
	const badName = Object.keys(envs ?? {}).find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
	if (badName !== undefined) return `invalid environment variable name: '${badName}'`;
	return { command, timeout: timeout ?? 0, cwd: cwd ?? '', envs: envs ?? {} };
}

function typeProblem(fields: Record<string, unknown>): string | undefined {
	if (typeof fields !== 'object' || Array.isArray(fields)) {
		return `json: cannot unmarshal ${jsonType(fields)} into Go value of type process.ExecuteRequest`;
	}
	for (const [name, type] of Object.entries(GO_TYPES)) {
		const value = fields[name];
		if (value !== undefined && value !== null && !fits(value, type)) {
			const field = `Go struct field ExecuteRequest.${name} of type ${type}`;
			return `json: cannot unmarshal ${jsonType(value)} into ${field}`;
		}
	}
	return undefined;
}

function fits(value: unknown, type: string): boolean {
	if (type === 'string') return typeof value === 'string';
	if (type === 'uint32') {
		return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_UINT32;
	}
	if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
	return Object.values(value).every((item) => typeof item === 'string');
}

function jsonType(value: unknown): string {
	if (Array.isArray(value)) return 'array';
	if (typeof value === 'number') return `number ${value}`;
	return typeof value === 'boolean' ? 'bool' : typeof value;
}
