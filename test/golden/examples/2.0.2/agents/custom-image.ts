'use agent';
import { Daytona, DaytonaConflictError, DaytonaNotFoundError, Image, type Sandbox } from '@daytona/sdk';
import { useModel, useSandbox } from '@flue/runtime';
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

export function CustomImage() {
	useModel('anthropic/claude-sonnet-4-6');
	useSandbox({
		async createSandbox(options) {
			const sandbox = await openSandbox(options.id);
			return await daytona(sandbox).createSandbox(options);
		},
	});
	return 'You work in a Linux sandbox with Node.js 22 and ripgrep.';
}

/** Flue asks for the sandbox with every message: the first one creates it, later ones find it by its name. */
async function openSandbox(id: string): Promise<Sandbox> {
	// The SDK refuses an endpoint that it finds both in the environment and in .env, unless it is named here.
	const { DAYTONA_API_KEY = '', DAYTONA_API_URL = '', DAYTONA_TARGET = '' } = process.env;
	const client = new Daytona({ apiKey: DAYTONA_API_KEY, apiUrl: DAYTONA_API_URL, target: DAYTONA_TARGET });
	// The prefix keeps an id from outside from reaching other sandboxes of the account.
	const name = `custom-image-${id}`;
	const sandbox = await client.get(name).catch((error: unknown) => {
		if (error instanceof DaytonaNotFoundError) return createSandbox(client, name);
		throw error;
	});
	await bringUp(sandbox);
	return sandbox;
}

/** Starts what is down, and waits for what is on its way: Daytona refuses to start that. */
async function bringUp(sandbox: Sandbox): Promise<void> {
	const isDown = () => ['stopped', 'paused', 'archived'].includes(sandbox.state ?? '');
	if (sandbox.state === 'stopping') await sandbox.waitUntilStopped();
	if (isDown()) {
		await sandbox.start().catch(async (error: unknown) => {
			// Of two messages that come at once, one starts it.
			await sandbox.refreshData();
			if (isDown()) throw error;
		});
	}
	await sandbox.waitUntilStarted();
}

/** When two messages come at once, the second takes what the first created. */
async function createSandbox(client: Daytona, name: string): Promise<Sandbox> {
	try {
		return await client.create({ name, snapshot: await openSnapshot(client) });
	} catch (error) {
		if (error instanceof DaytonaConflictError) return await client.get(name);
		throw error;
	}
}
