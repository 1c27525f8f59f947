import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { execa } from 'execa';
import { BIN, plainEnv, type Run } from './flue.ts';
import { newerNode } from './node.ts';
import { installedPackages, PI_PACKAGES } from './packages.ts';
import { type Files, temporaryFolder } from './temporary-folder.ts';
import { linkPackages } from './type-check.ts';

/** What npm has to be told to install one Flue. */
export interface Flue {
	readonly runtime: string;
	readonly cli: string;
	readonly others?: Readonly<Record<string, string>>;
	readonly overrides?: Readonly<Record<string, string>>;
}

/** What builds a 2.x application. */
const VITE = { '@flue/vite': '2.0.3', vite: '8.3.8', hono: '4.13.19' };

/** The newest of each kind that npm has. From 2.1.0 on the runtime goes on alone, and `flue run` needs one copy of it. */
export const FLUES: readonly Flue[] = [
	{ runtime: '0.8.1', cli: '0.8.1', others: PI_PACKAGES },
	{ runtime: '0.11.1', cli: '0.11.1' },
	{ runtime: '1.0.0-beta.9', cli: '1.0.0-beta.9' },
	{ runtime: '2.0.3', cli: '2.0.3', others: VITE },
	{ runtime: '2.1.0', cli: '2.0.3', others: VITE, overrides: { '@flue/runtime': '$@flue/runtime' } },
];

/** The Flues up to 0.11 give what they have built this long to start, and nothing of it has run by then: a busy machine needs longer. */
const TOO_SLOW = /did not become ready within \d+ seconds/;

export interface FlueProject {
	readonly cwd: string;
	/** The environment in which `node` is one that Flue accepts, and `flue` is this program on it. */
	readonly env: Readonly<Record<string, string>>;
	/** Flue's own program. */
	readonly flueCli: string;
	/** Runs a command line in a shell. */
	run(commandLine: string): Promise<Run>;
}

async function installFlue({ runtime, cli, others, overrides }: Flue): Promise<string> {
	const packages = { '@flue/runtime': runtime, '@flue/cli': cli, '@daytona/sdk': '0.216.0', ...others };
	return join(await installedPackages(packages, 'flat', overrides), 'node_modules');
}

/** A `flue` that a shell finds. */
function programFolder(): string {
	const folder = temporaryFolder({ flue: `#!/bin/sh\nexec node "${BIN}" "$@"\n` });
	chmodSync(join(folder, 'flue'), 0o755);
	return folder;
}

/** A project with the real packages. Each is linked by itself: what Flue writes to node_modules is the project's own. */
export async function flueProject(flue: Flue, files: Files): Promise<FlueProject> {
	const installed = await installFlue(flue);
	const cwd = temporaryFolder({
		'package.json': {
			name: 'bot',
			private: true,
			type: 'module',
			dependencies: { '@flue/runtime': flue.runtime, '@daytona/sdk': '0.216.0' },
			devDependencies: { '@flue/cli': flue.cli },
		},
		...files,
	});
	const names = readdirSync(installed).filter((name) => !name.startsWith('.'));
	linkPackages(cwd, Object.fromEntries(names.map((name) => [name, join(installed, name)])));
	// The Flues up to 0.11 start the first `node` on PATH for the code that they have built.
	const path = [programFolder(), dirname(await newerNode()), process.env['PATH']].join(delimiter);
	const env = plainEnv({ PATH: path });
	const run = async (commandLine: string, attempts = 5): Promise<Run> => {
		const options = { cwd, env, extendEnv: false, stdin: 'ignore', reject: false, stripFinalNewline: false } as const;
		const { stdout, stderr, exitCode } = await execa('sh', ['-c', commandLine], { ...options, timeout: 120_000 });
		return TOO_SLOW.test(stderr) && attempts > 1 ? run(commandLine, attempts - 1) : { stdout, stderr, exitCode };
	};
	return { cwd, env, flueCli: join(cwd, 'node_modules/@flue/cli/bin/flue.mjs'), run };
}

function registration(runtime: string, baseUrl: string): string {
	if (runtime.startsWith('2.')) {
		return `import { createProvider } from '@earendil-works/pi-ai';
import { openAICompletionsApi } from '@earendil-works/pi-ai/api/openai-completions.lazy';
import { setProvider } from '@flue/runtime';
const limits = { reasoning: false, input: ['text'], cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }, contextWindow: 100_000, maxTokens: 1000 };
function register(provider: string, model: string): void {
	const models = [{ id: model, name: model, api: 'openai-completions', provider, baseUrl: '${baseUrl}', ...limits }];
	const auth = { apiKey: { name: 'key', resolve: async () => ({ auth: { apiKey: 'none' }, source: 'test' }) } };
	setProvider(createProvider({ id: provider, name: provider, baseUrl: '${baseUrl}', auth, models, api: openAICompletionsApi() } as never));
}`;
	}
	return `import { registerProvider } from '@flue/runtime${runtime.startsWith('0.8.') ? '/app' : ''}';
function register(provider: string, _model: string): void {
	registerProvider(provider, { api: 'openai-completions', baseUrl: '${baseUrl}', apiKey: 'none' });
}`;
}

/** A module that puts the scripted model in the place of those that the examples name. */
export function modelModule({ runtime }: Flue, baseUrl: string): string {
	return `${registration(runtime, baseUrl)}
register('openai', 'gpt-5.5');
register('anthropic', 'claude-sonnet-4-6');
`;
}

/** What a user does who has a provider of their own: `flue run` of 2.x loads nothing but the agent's module and its imports. */
export function importFirst(file: string, specifier: string): void {
	const [, directive = '', rest = ''] = /^('use agent';\n)?([^]*)$/.exec(readFileSync(file, 'utf8')) ?? [];
	writeFileSync(file, `${directive}import '${specifier}';\n${rest}`);
}
