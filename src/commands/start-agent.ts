import {
	agentArguments,
	agentPrograms,
	CODING_AGENT_NAMES,
	type CodingAgentName,
	isCodingAgentName,
} from '../ecosystem/coding-agents.ts';
import { nameHint } from '../lib/did-you-mean.ts';
import { UsageError } from '../lib/errors.ts';
import { printable, quoted } from '../lib/sanitize.ts';
import { flueCommand } from '../output/next-commands.ts';
import type { Outcome } from '../output/outcome.ts';
import { packagesToInstall } from '../plan/plan.ts';
import { hasWork, type Proposal } from '../plan/proposal.ts';
import { findExecutable } from '../system/find-executable.ts';
import type { Context } from '../terminal/context.ts';

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

/** The agent prints the instructions by itself: a pipe would take its keyboard away. */
export async function startAgent(
	name: CodingAgentName | undefined,
	proposal: Proposal,
	context: Context,
): Promise<Outcome> {
	if (name === undefined || (!hasWork(proposal) && packagesToInstall(proposal.plan).length === 0))
		return { status: 'unchanged' };
	const file = requireAgent(name, context.env);
	const { root } = proposal.project;
	const { runCodingAgent } = await import('../system/run-process.ts');
	context.say(`Starting ${name} in ${printable(root)}`);
	const args = agentArguments(name, flueCommand({ ...proposal, cwdFlags: [] }, '--print'));
	const { exitCode, errorCode } = await runCodingAgent(file, args, root, context.env);
	if (errorCode === undefined) return { status: 'agent-ended', agent: name, exitCode };
	return { status: 'failed', message: `${name} could not be started (${errorCode}).`, hint: 'Nothing was changed.' };
}

/** The file that PATH has for the agent. */
export function findCodingAgent(name: CodingAgentName, env: NodeJS.ProcessEnv): string | undefined {
	return agentPrograms(name)
		.map((program) => findExecutable(program, env))
		.find((file) => file !== undefined);
}

export function codingAgentsOnPath(env: NodeJS.ProcessEnv): CodingAgentName[] {
	return CODING_AGENT_NAMES.filter((name) => findCodingAgent(name, env) !== undefined);
}
