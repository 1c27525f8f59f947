'use agent';
import { Daytona, DaytonaConflictError, DaytonaNotFoundError, type Sandbox } from '@daytona/sdk';
import { type Agent, useInitialData, useModel, useSandbox } from '@flue/runtime';
import * as v from 'valibot';
import { daytona } from '../connectors/daytona';

const InitialData = v.object({ repo: v.string() });

// Only the first message finds no project; others that come meanwhile wait for its lock on the directory, descriptor 9.
// The project gets its name last, so that a set-up that failed is done again.
const setUpProject = `{
	flock 9
	[ -d project ] || (rm -rf setup && git clone -- "$REPO" setup && (cd setup && npm install) && mv setup project) 9<&-
} 9<.`;

export const Code: Agent = () => {
	const { repo } = useInitialData<v.InferOutput<typeof InitialData>>();
	useModel('openai/gpt-5.5');
	useSandbox(
		{
			async createSessionEnv(options) {
				const sandbox = await openSandbox(options.id);
				const setup = await daytona(sandbox).createSessionEnv(options);
				// The repository comes from outside: it travels as a variable and never becomes part of the command.
				const { exitCode, stderr } = await setup.exec(setUpProject, { env: { REPO: repo } });
				if (exitCode !== 0) throw new Error(`Setting up the project failed: ${stderr}`);
				return setup;
			},
		},
		// The working session is rooted at the project: AGENTS.md and skills are discovered there.
		{ cwd: 'project' },
	);
	return 'You work on the project in the current directory.';
};
Code.initialData = InitialData;

/** Flue asks for the sandbox with every message: the first one creates it, later ones find it by its name. */
async function openSandbox(id: string): Promise<Sandbox> {
	// The SDK refuses an endpoint that it finds both in the environment and in .env, unless it is named here.
	const { DAYTONA_API_KEY = '', DAYTONA_API_URL = '', DAYTONA_TARGET = '' } = process.env;
	const client = new Daytona({ apiKey: DAYTONA_API_KEY, apiUrl: DAYTONA_API_URL, target: DAYTONA_TARGET });
	// The prefix keeps an id from outside from reaching other sandboxes of the account.
	const name = `code-${id}`;
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
		return await client.create({ name });
	} catch (error) {
		if (error instanceof DaytonaConflictError) return await client.get(name);
		throw error;
	}
}
