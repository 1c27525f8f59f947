import { Daytona, DaytonaNotFoundError, Image } from '@daytona/sdk';
import { createAgent, type FlueContext, type ShellResult } from '@flue/runtime';
import { daytona } from '../connectors/daytona';

const image = Image.base('node:22-bookworm').runCommands('apt-get update && apt-get install -y ripgrep');
// A snapshot never changes: give a changed image a new name.
const snapshotName = 'flue-node-22-ripgrep';

/** Builds the image once, which can take minutes; from then on sandboxes start from the snapshot. */
async function openSnapshot(client: Daytona): Promise<string> {
	try {
		const snapshot = await client.snapshot.get(snapshotName);
		// Daytona sets snapshots aside that nobody used for a while.
		if (snapshot.state === 'inactive') await client.snapshot.activate(snapshot);
	} catch (error) {
		if (!(error instanceof DaytonaNotFoundError)) throw error;
		await client.snapshot.create({ name: snapshotName, image });
	}
	return snapshotName;
}

export async function run({ init, env }: FlueContext): Promise<ShellResult> {
	// The SDK refuses an endpoint that it finds both in the environment and in .env, unless it is named here.
	const { DAYTONA_API_KEY, DAYTONA_API_URL, DAYTONA_TARGET } = env;
	const client = new Daytona({ apiKey: DAYTONA_API_KEY, apiUrl: DAYTONA_API_URL, target: DAYTONA_TARGET });
	const sandbox = await client.create({ snapshot: await openSnapshot(client) });
	const agent = createAgent(() => ({
		sandbox: daytona(sandbox),
		model: 'anthropic/claude-sonnet-4-6',
	}));
	const harness = await init(agent);
	const session = await harness.session();
	return await session.shell('node --version && rg --version');
}
