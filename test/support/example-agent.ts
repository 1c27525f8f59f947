import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { transformWithOxc } from 'vite';
import { onTestFinished, vi } from 'vitest';
import { renderConnectorFile } from '../../src/connectors/daytona/daytona.ts';
import { EXAMPLES } from '../../src/connectors/daytona/examples.ts';
import { importModule, profileOf, type SandboxEnv } from './connector.ts';
import type { LoopbackDaytona } from './daytona.ts';
import { installedPackages } from './packages.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** What a 2.x runtime does for each message, without a model: it calls the agent, then asks for its sandbox. */
export interface ExampleAgent {
	receive(conversation: string): Promise<SandboxEnv>;
}

export interface ExampleAgentOptions {
	readonly double: LoopbackDaytona;
	readonly sdk?: string;
	readonly initialData?: object;
}

/** Takes the place of the runtime's hooks, which work only inside of a run. */
const HOOKS = `let data;
export let factory;
export const start = (initialData) => (data = initialData);
export const useInitialData = () => data;
export const useModel = () => undefined;
export const useSandbox = (used) => (factory = used);
`;

interface Hooks {
	readonly factory: { createSandbox(options: { id: string }): Promise<SandboxEnv> };
	start(initialData: object): void;
}

/** An example for the newest runtime, loaded by Node beside its connector, with the real SDK. */
export async function exampleAgent(
	name: (typeof EXAMPLES)[number]['name'],
	{ double, sdk = '0.216.0', initialData = {} }: ExampleAgentOptions,
): Promise<ExampleAgent> {
	const profile = profileOf('2.1.0');
	const example = EXAMPLES.find((candidate) => candidate.name === name)!.content(profile, {
		connectorImport: './daytona.mjs',
	});
	const strip = async (text: string) => (await transformWithOxc(text, 'code.ts', { sourcemap: false })).code;
	const sdkFolder = await installedPackages({ '@daytona/sdk': sdk, ...(sdk === '0.187.0' ? { ws: '8.18.3' } : {}) });
	const imports = {
		'@flue/runtime': './hooks.mjs',
		'@daytona/sdk': join(sdkFolder, 'node_modules/@daytona/sdk/esm/index.js'),
	};
	const redirected = Object.entries(imports).reduce(
		(text, [name, path]) => text.replace(`from '${name}'`, `from '${path}'`),
		example,
	);
	const folder = temporaryFolder({
		'daytona.mjs': await strip(renderConnectorFile(profile)),
		'example.mjs': await strip(redirected),
		'hooks.mjs': HOOKS,
	});
	// The connector's own imports, and valibot.
	symlinkSync(
		join(await installedPackages({ '@flue/runtime': '2.1.0' }), 'node_modules'),
		join(folder, 'node_modules'),
	);
	vi.stubEnv('DAYTONA_API_KEY', double.apiKey);
	vi.stubEnv('DAYTONA_API_URL', double.apiUrl);
	// The loopback has no web socket that tells of states.
	vi.stubEnv('DAYTONA_USE_DEPRECATED_POLLING', 'true');
	onTestFinished(() => void vi.unstubAllEnvs());
	const hooks = await importModule<Hooks>(join(folder, 'hooks.mjs'));
	const agents = await importModule<Record<string, () => string>>(join(folder, 'example.mjs'));
	hooks.start(initialData);
	for (const agent of Object.values(agents)) agent();
	return { receive: (id) => hooks.factory.createSandbox({ id }) };
}
