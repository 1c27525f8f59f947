import { Daytona } from '@daytona/sdk';
import { defineAgent, defineWorkflow } from '@flue/runtime';
import { daytona } from '../connectors/daytona';

const agent = defineAgent(async ({ env }) => {
	// The SDK refuses an endpoint that it finds both in the environment and in .env, unless it is named here.
	const client = new Daytona({
		apiKey: env.DAYTONA_API_KEY,
		apiUrl: env.DAYTONA_API_URL,
		target: env.DAYTONA_TARGET,
	});
	const sandbox = await client.create();
	return { sandbox: daytona(sandbox), model: 'anthropic/claude-sonnet-4-6' };
});

export default defineWorkflow({
	agent,
	async run({ harness }) {
		const session = await harness.session();
		const { stdout, stderr, exitCode } = await session.shell('uname -a');
		return { stdout, stderr, exitCode };
	},
});
