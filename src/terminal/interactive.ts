import { fstatSync, statSync } from 'node:fs';
import type Tty from 'node:tty';
import vendors from 'ci-info/vendors.json';

import type { Environment, Terminals } from './context.ts';

/**
 * Set by coding agents for the commands that they run. Left out are variables that people have in their own shells
 * (CURSOR_TRACE_ID, REPL_ID, CODEX_HOME, …).
 */
const AGENT_VARIABLES = [
	'AI_AGENT',
	'AGENT',
	'CLAUDECODE',
	'CLAUDE_CODE',
	'CURSOR_AGENT',
	'CODEX_THREAD_ID',
	'CODEX_SANDBOX',
	'CODEX_CI',
	'GEMINI_CLI',
	'OPENCODE',
	'OPENCODE_CLIENT',
	'AUGMENT_AGENT',
	'ANTIGRAVITY_AGENT',
	'QWEN_CODE',
	'COPILOT_CLI',
	'COPILOT_AGENT',
	'CLINE_ACTIVE',
	'CLINE_CONNECTOR_CLI_LAUNCH',
	'PI_CODING_AGENT',
	'AMP_CURRENT_THREAD_ID',
	'GOOSE_TERMINAL',
] as const;

function isOn(value = ''): boolean {
	return !['', '0', 'false'].includes(value.toLowerCase());
}

/** CI systems of which some set these and no variable of their own. */
const CI_VARIABLES = ['CI', 'CONTINUOUS_INTEGRATION', 'BUILD_ID', 'BUILD_NUMBER', 'RUN_ID', 'CI_NAME'];

type VendorSign = string | Readonly<Record<string, string | readonly string[]>>;

/** One sign of a CI system, in the forms that ci-info has for them. */
function showsSign(env: Environment, sign: VendorSign): boolean {
	if (typeof sign === 'string') return isOn(env[sign]);
	const { env: name, includes, any, ...values } = sign;
	if (typeof name === 'string') return env[name]?.includes(String(includes)) ?? false;
	if (Array.isArray(any)) return any.some((variable: string) => isOn(env[variable]));
	return Object.entries(values).every(([variable, value]) => env[variable] === value);
}

/** Azure Pipelines, TeamCity, Jenkins, CodeBuild and others do not set `CI`. Where it is set to 0 or false, that is an answer. */
export function isCi(env: Environment): boolean {
	if (env['CI'] !== undefined && env['CI'] !== '') return isOn(env['CI']);
	if (CI_VARIABLES.some((name) => isOn(env[name]))) return true;
	return vendors.some((vendor) => [vendor.env].flat().every((sign) => showsSign(env, sign as VendorSign)));
}

export function isAgent(env: Environment): boolean {
	return AGENT_VARIABLES.some((name) => isOn(env[name])) || env['CURSOR_EXTENSION_HOST_ROLE'] === 'agent-exec';
}

/** Whether there is a person who sees a question and can answer it. */
export function canAsk(terminals: Terminals, env: Environment): boolean {
	const atTerminal = terminals.stdout && terminals.stderr && terminals.stdin;
	return atTerminal && env['TERM'] !== 'dumb' && !isCi(env) && !isAgent(env);
}

/** Whether text is to come line by line, with nothing drawn over: as asked for, or where boxes and arrows would be rubbish. */
export function wantsPlainText(env: Environment): boolean {
	if (isOn(env['ACCESSIBLE'])) return true;
	const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
	return locale !== '' && !/utf-?8/i.test(locale);
}

/** Neither a pipe, nor a file, nor the null device. */
function mayBeTerminal(descriptor: number): boolean {
	try {
		const stat = fstatSync(descriptor);
		return stat.isCharacterDevice() && stat.rdev !== statSync('/dev/null', { throwIfNoEntry: false })?.rdev;
	} catch {
		return false;
	}
}

/** Asks the descriptor: `process.stdin.isTTY` would open the stream. What can be no terminal needs no `node:tty`, which loads all of Node's streams. */
function isTerminal(descriptor: number): boolean {
	return mayBeTerminal(descriptor) && (require('node:tty') as typeof Tty).isatty(descriptor);
}

/** Each is looked at when it is asked for. */
export function findTerminals(): Terminals {
	return {
		get stdin() {
			return isTerminal(0);
		},
		get stdout() {
			return isTerminal(1);
		},
		get stderr() {
			return isTerminal(2);
		},
	};
}
