import { Daytona } from '@daytona/sdk';
import { defineAgent, defineWorkflow, type WorkflowDefinition } from '@flue/runtime';
import { daytona } from '../connectors/daytona';

const agent = defineAgent(async ({ env }) => {
	// The SDK refuses an endpoint that it finds both in the environment and in .env, unless it is named here.
	const { DAYTONA_API_KEY, DAYTONA_API_URL, DAYTONA_TARGET } = env;
	const client = new Daytona({ apiKey: DAYTONA_API_KEY, apiUrl: DAYTONA_API_URL, target: DAYTONA_TARGET });
	const sandbox = await client.create();
	return { sandbox: daytona(sandbox), model: 'anthropic/claude-sonnet-4-6' };
});

const workflow: WorkflowDefinition = defineWorkflow({
	agent,
	async run({ harness }) {
		const session = await harness.session();
		const { stdout, stderr, exitCode } = await session.shell('uname -a');
		return { stdout, stderr, exitCode };
	},
});

export default workflow;
