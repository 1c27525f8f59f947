import { agentPrograms, CODING_AGENT_NAMES, type CodingAgentName } from '../coding-agents.ts';
import { findExecutable } from './find-executable.ts';

/** The file that PATH has for the agent. */
export function findCodingAgent(name: CodingAgentName, env: NodeJS.ProcessEnv): string | undefined {
	return agentPrograms(name)
		.map((program) => findExecutable(program, env))
		.find((file) => file !== undefined);
}

export function codingAgentsOnPath(env: NodeJS.ProcessEnv): CodingAgentName[] {
	return CODING_AGENT_NAMES.filter((name) => findCodingAgent(name, env) !== undefined);
}
