import { Daytona } from '@daytona/sdk';
import type { FlueContext } from '@flue/runtime';
import { daytona } from '../connectors/daytona';

export const triggers = { webhook: true };

export default async function ({ init, env }: FlueContext) {
	// The SDK refuses an endpoint that it finds both in the environment and in .env, unless it is named here.
	const client = new Daytona({
		apiKey: env.DAYTONA_API_KEY,
		apiUrl: env.DAYTONA_API_URL,
		target: env.DAYTONA_TARGET,
	});
	const sandbox = await client.create();
	const harness = await init({
		sandbox: daytona(sandbox),
		model: 'anthropic/claude-sonnet-4-6',
	});
	const session = await harness.session();
	return await session.shell('uname -a');
}
