import { Daytona } from '@daytona/sdk';
import { createAgent, type FlueContext, type ShellResult } from '@flue/runtime';
import { daytona } from '../connectors/daytona';

export async function run({ init, env }: FlueContext): Promise<ShellResult> {
	// The SDK refuses an endpoint that it finds both in the environment and in .env, unless it is named here.
	const { DAYTONA_API_KEY, DAYTONA_API_URL, DAYTONA_TARGET } = env;
	const client = new Daytona({ apiKey: DAYTONA_API_KEY, apiUrl: DAYTONA_API_URL, target: DAYTONA_TARGET });
	const sandbox = await client.create();
	const agent = createAgent(() => ({
		sandbox: daytona(sandbox),
		model: 'anthropic/claude-sonnet-4-6',
	}));
	const harness = await init(agent);
	const session = await harness.session();
	return await session.shell('uname -a');
}
