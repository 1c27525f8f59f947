import { Daytona } from '@daytona/sdk';
import type { FlueContext, PromptResponse } from '@flue/runtime';
import { daytona } from '../connectors/daytona';

export const triggers = { webhook: true };

export default async function ({ init, payload, env }: FlueContext): Promise<PromptResponse> {
	const { repo, prompt } = readPayload(payload);
	// The SDK refuses an endpoint that it finds both in the environment and in .env, unless it is named here.
	const { DAYTONA_API_KEY, DAYTONA_API_URL, DAYTONA_TARGET } = env;
	const client = new Daytona({ apiKey: DAYTONA_API_KEY, apiUrl: DAYTONA_API_URL, target: DAYTONA_TARGET });
	const sandbox = await client.create();

	const setupHarness = await init({
		sandbox: daytona(sandbox),
		model: 'openai/gpt-5.5',
	});
	const setup = await setupHarness.session();
	// The repository comes from outside: it travels as a variable and never becomes part of the command.
	const { exitCode, stderr } = await setup.shell('git clone -- "$REPO" project && cd project && npm install', {
		env: { REPO: repo },
	});
	if (exitCode !== 0) throw new Error(`Setting up the project failed: ${stderr}`);

	// The same sandbox, rooted at the project: AGENTS.md and skills are discovered there.
	const projectHarness = await init({
		name: 'project',
		sandbox: daytona(sandbox),
		cwd: 'project',
		model: 'openai/gpt-5.5',
	});
	const session = await projectHarness.session();
	return await session.prompt(prompt);
}

function readPayload(payload: unknown): { repo: string; prompt: string } {
	const { repo, prompt } = Object(payload) as Record<string, unknown>;
	if (typeof repo !== 'string' || typeof prompt !== 'string') {
		throw new Error('The payload needs "repo" and "prompt", both strings.');
	}
	return { repo, prompt };
}
