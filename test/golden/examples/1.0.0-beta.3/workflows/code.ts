import { Daytona } from '@daytona/sdk';
import { defineAgent, defineWorkflow, type WorkflowDefinition } from '@flue/runtime';
import * as v from 'valibot';
import { daytona } from '../connectors/daytona';

const agent = defineAgent(async ({ env }) => {
	// The SDK refuses an endpoint that it finds both in the environment and in .env, unless it is named here.
	const { DAYTONA_API_KEY, DAYTONA_API_URL, DAYTONA_TARGET } = env;
	const client = new Daytona({ apiKey: DAYTONA_API_KEY, apiUrl: DAYTONA_API_URL, target: DAYTONA_TARGET });
	const sandbox = await client.create();
	return { sandbox: daytona(sandbox), model: 'openai/gpt-5.5' };
});

const workflow: WorkflowDefinition = defineWorkflow({
	agent,
	input: v.object({ repo: v.string(), prompt: v.string() }),
	async run({ harness, input: { repo, prompt } }) {
		const setup = await harness.session('setup');
		// The repository comes from outside: it travels as a variable and never becomes part of the command.
		const { exitCode, stderr } = await setup.shell('git clone -- "$REPO" project && cd project && npm install', {
			env: { REPO: repo },
		});
		if (exitCode !== 0) throw new Error(`Setting up the project failed: ${stderr}`);

		// The harness looked around before the project was there. A task is a session of its own,
		// rooted at the project: AGENTS.md and skills are discovered there.
		const session = await harness.session();
		const { text } = await session.task(prompt, { cwd: 'project' });
		return { text };
	},
});

export default workflow;
