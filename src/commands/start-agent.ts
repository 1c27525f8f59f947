import { sep } from 'node:path';
import {
	agentArguments,
	agentPrograms,
	CODING_AGENT_NAMES,
	type CodingAgentName,
	headlessLine,
	isCodingAgentName,
	mustNameCursor,
	takesInstructions,
} from '../ecosystem/coding-agents.ts';
import { cacheFolders, knownManager } from '../ecosystem/package-managers.ts';
import { nameHint } from '../lib/did-you-mean.ts';
import { UsageError } from '../lib/errors.ts';
import { quoted } from '../lib/sanitize.ts';
import { shellWords } from '../lib/shell.ts';
import { flueCommand } from '../output/next-commands.ts';
import type { Outcome } from '../output/outcome.ts';
import { packagesToInstall } from '../plan/plan.ts';
import { hasWork, type Proposal } from '../plan/proposal.ts';
import { kindOf, readText, realPath } from '../system/files.ts';
import { findExecutable } from '../system/find-executable.ts';
import type { Context } from '../terminal/context.ts';
import { restoreTerminal } from '../terminal/restore.ts';

/** What `--agent` names, where it can be started. Throws a UsageError. */
export function readAgentName(name: string, env: Context['env']): CodingAgentName {
	if (!isCodingAgentName(name))
		throw new UsageError(
			`${quoted(name)} is not a coding agent that flue can start.`,
			nameHint(name, CODING_AGENT_NAMES),
		);
	requireAgent(name, env);
	return name;
}

/** The file of a program that can be started. Throws a UsageError. */
function requireAgent(name: CodingAgentName, env: Context['env']): string {
	const file = findCodingAgent(name, env);
	if (file !== undefined) return file;
	const others = codingAgentsOnPath(env);
	const hint =
		others.length === 0
			? 'No other coding agent is there either: install it, or give --print.'
			: `On PATH: ${others.join(', ')}.`;
	throw new UsageError(`${name} is not on PATH.`, hint);
}

/** For an agent that cannot take the instructions as its first message. */
function shortMessage(proposal: Proposal, write: string): string {
	const { verb, plan, changes } = proposal;
	const task =
		verb === 'add' ? `Add the ${plan.title} connector to this project` : `Update the ${plan.title} connector`;
	const packages = packagesToInstall(plan).map(({ name }) => `\`${name}\``);
	const does = [
		...(packages.length === 0 ? [] : [`installs the npm package ${packages.join(' and ')}`]),
		...changes.map(({ path }) => `writes \`${path}\``),
	];
	return `${task}: run \`${write}\` in this folder. It ${does.join(' and ')}. If it ends with an exit code other than 0, stop and report what it printed.`;
}

/** The folders of the package manager outside of the project, as far as they are there. */
function cachesOf({ project, install }: Proposal, { env }: Context): string[] {
	const manager = install?.manager ?? knownManager(project.packageManager);
	return manager === undefined ? [] : cacheFolders(manager, env).filter((folder) => kindOf(folder) === 'directory');
}

/** Starts the agent with the instructions as its first message: a pipe would take its keyboard away. Throws a UsageError. */
export async function startAgent(
	name: CodingAgentName,
	proposal: Proposal,
	instructions: string,
	context: Context,
): Promise<Outcome> {
	if (!hasWork(proposal) && packagesToInstall(proposal.plan).length === 0) return { status: 'unchanged' };
	const inPackage = { ...proposal, cwdFlags: [] };
	const write = flueCommand(inPackage, '--write', '--yes');
	const caches = cachesOf(proposal, context);
	const { stdin, stdout, stderr } = context.terminals;
	if (!stdin || !stdout || !stderr) {
		const print = flueCommand(inPackage, '--print');
		const isInGit = proposal.project.gitRoot !== undefined;
		throw new UsageError(
			`--agent ${name} needs a terminal, and here is none.`,
			`Without a terminal:  ${headlessLine(name, { print, write, caches: caches.map(quotedPath), isInGit })}`,
		);
	}
	const file = requireAgent(name, context.env);
	const { LONGEST_ARGUMENT, runCodingAgent } = await import('../system/run-process.ts');
	const isWhole = takesInstructions(name) && instructions.length <= LONGEST_ARGUMENT;
	const message = isWhole ? instructions : shortMessage(proposal, write);
	context.say(`Starting ${name}`);
	const args = agentArguments(name, message, caches);
	const end = await runCodingAgent(file, args, proposal.project.root, context.env);
	const { exitCode, errorCode, isTerminated, isKilled } = end;
	if (isTerminated || isKilled) await restoreTerminal();
	if (errorCode === undefined) return { status: 'agent-ended', agent: name, exitCode, isTerminated };
	return { status: 'failed', message: `${name} could not be started (${errorCode}).`, hint: 'Nothing was changed.' };
}

function quotedPath(path: string): string {
	return shellWords([path.split(sep).join('/')]);
}

function isCursors(file: string): boolean {
	return /cursor/i.test(`${realPath(file)}\n${readText(file, 4096)}`);
}

/** The file that PATH has for the agent. */
function findCodingAgent(name: CodingAgentName, env: NodeJS.ProcessEnv): string | undefined {
	const files = agentPrograms(name).map((program) => {
		const file = findExecutable(program, env);
		return file !== undefined && mustNameCursor(program) && !isCursors(file) ? undefined : file;
	});
	return files.find((file) => file !== undefined);
}

export function codingAgentsOnPath(env: NodeJS.ProcessEnv): CodingAgentName[] {
	return CODING_AGENT_NAMES.filter((name) => findCodingAgent(name, env) !== undefined);
}
