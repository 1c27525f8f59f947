import type { World } from './add.ts';
import { agentArguments, CODING_AGENT_NAMES, type CodingAgentName, isCodingAgentName } from './coding-agents.ts';
import { UsageError } from './errors.ts';
import { nameHint } from './nearest.ts';
import { flueCommand, hasWork } from './next-commands.ts';
import type { Outcome } from './outcome.ts';
import { packagesToInstall } from './plan.ts';
import type { Prospect } from './prospect.ts';
import { codingAgentsOnPath, findCodingAgent } from './system/find-coding-agents.ts';
import { printable, quoted } from './untrusted.ts';

/** What `--agent` names, where it can be started. Throws a UsageError. */
export function readAgentName(name: string, env: World['env']): CodingAgentName {
	if (!isCodingAgentName(name))
		throw new UsageError(
			`${quoted(name)} is not a coding agent that flue can start.`,
			nameHint(name, CODING_AGENT_NAMES),
		);
	requireAgent(name, env);
	return name;
}

/** The file of a program that can be started. Throws a UsageError. */
function requireAgent(name: CodingAgentName, env: World['env']): string {
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
	prospect: Prospect,
	world: World,
): Promise<Outcome> {
	if (name === undefined || (!hasWork(prospect) && packagesToInstall(prospect.plan).length === 0))
		return { status: 'unchanged' };
	const file = requireAgent(name, world.env);
	const { root } = prospect.project;
	const { runCodingAgent } = await import('./system/run-coding-agent.ts');
	world.say(`Starting ${name} in ${printable(root)}`);
	const args = agentArguments(name, flueCommand({ ...prospect, cwdFlags: [] }, '--print'));
	const { exitCode, errorCode } = await runCodingAgent(file, args, root, world.env);
	if (errorCode === undefined) return { status: 'handed-over', agent: name, exitCode };
	return { status: 'failed', message: `${name} could not be started (${errorCode}).`, hint: 'Nothing was changed.' };
}
