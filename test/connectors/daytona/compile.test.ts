import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { gte } from 'semver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderConnectorFile } from '../../../src/connectors/daytona/daytona.ts';
import { EXAMPLES } from '../../../src/connectors/daytona/examples.ts';
import { RUNTIME_PROFILES, type RuntimeProfile } from '../../../src/ecosystem/flue-runtimes.ts';
import { findDeprecations } from '../../support/deprecations.ts';
import { newerNode } from '../../support/node.ts';
import { installedPackages, PI_PACKAGES } from '../../support/packages.ts';
import { linkPackages, STRICT_OPTIONS, typeCheck, writeFiles } from '../../support/type-check.ts';

const TYPESCRIPTS = ['5.9.3', '6.0.3', '7.0.2'];

const SDKS = ['0.187.0', '0.216.0'];

/** 0.187.0 asks for `ws` as a peer only. */
const SDK_PACKAGES = [{ '@daytona/sdk': '0.187.0', ws: '8.18.3' }, { '@daytona/sdk': '0.216.0' }];

/** npm has no 0.6 and no 0.7: their types are in a fixture. */
const RESTATED = '0.7.1';

const PUBLISHED = ['0.8.1', '0.11.1', '1.0.0-beta.5', '1.0.0-beta.9', '2.0.1', '2.0.3', '2.1.0'];

const RUNTIMES = [RESTATED, ...PUBLISHED];

const RESOLUTIONS = {
	bundler: { module: 'preserve', endings: [''], lib: ['es2022'] },
	nodenext: { module: 'nodenext', endings: ['.js', '.ts'], lib: ['es2022', 'dom'] },
} as const;

type Resolution = keyof typeof RESOLUTIONS;

const MANIFEST = JSON.stringify({ private: true, type: 'module' });

const root = mkdtempSync(join(tmpdir(), 'flue-compile-'));

afterAll(() => rmSync(root, { recursive: true, force: true }));

function profileOf(runtime: string): RuntimeProfile {
	const profile = RUNTIME_PROFILES.findLast(({ since }) => gte(runtime, since));
	if (profile === undefined) throw new Error(`no profile for ${runtime}`);
	return profile;
}

async function runtimePackages(runtime: string): Promise<Record<string, string>> {
	if (runtime === RESTATED) return { '@flue/runtime': join(import.meta.dirname, '../../fixtures/flue-runtime-0.7') };
	const folder = await installedPackages({ '@flue/runtime': runtime, ...(runtime === '0.8.1' ? PI_PACKAGES : {}) });
	return {
		'@flue/runtime': join(folder, 'node_modules/@flue/runtime'),
		valibot: join(folder, 'node_modules/valibot'),
	};
}

/** The connector and all examples, as `flue add` would write them into a source directory. */
function generatedFiles(profile: RuntimeProfile, ending: string): Record<string, string> {
	const examples = EXAMPLES.map((example) => [
		example.path(profile),
		example.content(profile, { connectorImport: `../connectors/daytona${ending}` }),
	]);
	return { 'connectors/daytona.ts': renderConnectorFile(profile), ...Object.fromEntries(examples) };
}

const sourceFolder = (ending: string) => `imports${ending.replace('.', '-')}`;

function tsconfig(resolution: Resolution, include = '**/*.ts'): string {
	const { module, endings, lib } = RESOLUTIONS[resolution];
	const allowImportingTsExtensions = endings.some((ending) => ending === '.ts');
	const compilerOptions = { ...STRICT_OPTIONS, module, moduleResolution: resolution, lib, allowImportingTsExtensions };
	return JSON.stringify({ compilerOptions, include: [include] });
}

/** One project for each runtime and kind of resolution, with a source folder for each SDK and import ending. */
async function composeProject(runtime: string, sdkFolders: readonly string[]): Promise<void> {
	const folder = join(root, runtime);
	writeFiles(folder, { 'package.json': MANIFEST });
	linkPackages(folder, await runtimePackages(runtime));
	for (const resolution of Object.keys(RESOLUTIONS) as Resolution[]) {
		writeFiles(join(folder, resolution), { 'tsconfig.json': tsconfig(resolution) });
		for (const [index, sdkFolder] of sdkFolders.entries()) {
			const withSdk = join(folder, resolution, `sdk-${SDKS[index]}`);
			linkPackages(withSdk, { '@daytona/sdk': join(sdkFolder, 'node_modules/@daytona/sdk') });
			for (const ending of RESOLUTIONS[resolution].endings) {
				writeFiles(join(withSdk, sourceFolder(ending)), generatedFiles(profileOf(runtime), ending));
			}
		}
	}
}

beforeAll(async () => {
	const sdkFolders = await Promise.all(SDK_PACKAGES.map((packages) => installedPackages(packages)));
	for (const runtime of RUNTIMES) await composeProject(runtime, sdkFolders);
	for (const resolution of Object.keys(RESOLUTIONS) as Resolution[]) {
		writeFiles(root, { [`tsconfig.${resolution}.json`]: tsconfig(resolution, `*/${resolution}/**/*.ts`) });
	}
}, 900_000);

describe.each(Object.keys(RESOLUTIONS))('under moduleResolution %s', (resolution) => {
	it.each(RUNTIMES)('connector and examples compile strictly with @flue/runtime %s', async (runtime) => {
		expect(await typeCheck(join(root, runtime, resolution, 'tsconfig.json'), '7.0.2')).toBe('');
	});

	// TypeScript 7 sees each runtime alone; these take seconds for the packages' own types, so they see all at once.
	it.concurrent.each(['5.9.3', '6.0.3'])(
		'connectors and examples compile strictly with TypeScript %s',
		async (typescript) => {
			expect(await typeCheck(join(root, `tsconfig.${resolution}.json`), typescript)).toBe('');
		},
	);
});

it.each([
	['0.11.1', '2.1.0'],
	['2.1.0', '0.11.1'],
	['1.0.0-beta.9', '0.11.1'],
])('the connector for %s does not compile with %s, so the rows above can fail', async (written, runtime) => {
	const folder = join(root, runtime, 'bundler', `sdk-${SDKS[0]}`, `for-${written}`);
	writeFiles(folder, { ...generatedFiles(profileOf(written), ''), 'tsconfig.json': tsconfig('bundler') });
	try {
		expect(await typeCheck(join(folder, 'tsconfig.json'), '7.0.2')).toContain('connectors/daytona.ts');
	} finally {
		rmSync(folder, { recursive: true });
	}
});

describe("with pnpm's isolated node_modules and no @types/node", () => {
	it.each([
		['0.11.1', '0.187.0'],
		['2.1.0', '0.216.0'],
	])('connector and examples compile with @flue/runtime %s and @daytona/sdk %s', async (runtime, sdk) => {
		const packages = { '@flue/runtime': runtime, '@daytona/sdk': sdk, valibot: '1.1.0' };
		const installed = await installedPackages(packages, 'isolated');
		const folder = join(root, `isolated-${runtime}`);
		const links = Object.keys(packages).map((name) => [name, join(installed, 'node_modules', name)]);
		linkPackages(folder, Object.fromEntries(links));
		writeFiles(folder, { 'package.json': MANIFEST, 'tsconfig.json': tsconfig('bundler') });
		writeFiles(folder, generatedFiles(profileOf(runtime), ''));
		for (const typescript of TYPESCRIPTS) expect(await typeCheck(join(folder, 'tsconfig.json'), typescript)).toBe('');
	});
});

/** Imports modules as Flue would, types stripped, and returns the names that each exports. */
async function loadModules(folder: string, modules: readonly string[]): Promise<string[][]> {
	const script = `const loaded = await Promise.all(${JSON.stringify(modules)}.map((path) => import(path)));
		console.log(JSON.stringify(loaded.map((exported) => Object.keys(exported))));`;
	writeFiles(folder, { 'load.mjs': script });
	const { stdout } = await execa(await newerNode(), ['load.mjs'], { cwd: folder });
	return JSON.parse(stdout) as string[][];
}

it.each(PUBLISHED)('connector and examples load with @flue/runtime %s', async (runtime) => {
	const modules = SDKS.flatMap((sdk) =>
		Object.keys(generatedFiles(profileOf(runtime), '.ts')).map((path) => `./sdk-${sdk}/${sourceFolder('.ts')}/${path}`),
	);
	const [connector, ...examples] = await loadModules(join(root, runtime, 'nodenext'), modules);
	expect(connector).toContain('daytona');
	expect(examples).not.toContainEqual([]);
});

it('a connector that imports an error class does not load with a runtime that lacks it', async () => {
	const folder = join(root, '1.0.0-beta.9/for-2.0.1');
	writeFiles(folder, { 'daytona.ts': renderConnectorFile(profileOf('2.0.1')) });
	await expect(loadModules(folder, ['./daytona.ts'])).rejects.toThrow(
		"does not provide an export named 'SandboxDiedError'",
	);
});

describe('deprecated names', () => {
	it('are not in any connector or example', async () => {
		const files = RUNTIMES.flatMap((runtime) => {
			const paths = Object.keys(generatedFiles(profileOf(runtime), ''));
			return SDKS.flatMap((sdk) =>
				paths.map((path) => join(root, runtime, 'bundler', `sdk-${sdk}`, sourceFolder(''), path)),
			);
		});
		expect(await findDeprecations(files)).toEqual([]);
	});

	it('are found where a file uses one', async () => {
		const folder = join(root, '2.1.0/deprecated');
		const source =
			"import { createSandboxSessionEnv } from '@flue/runtime';\nexport const wrap = createSandboxSessionEnv;\n";
		writeFiles(folder, { 'connector.ts': source });
		expect(await findDeprecations([join(folder, 'connector.ts')])).toContainEqual(
			expect.stringContaining('createSandboxSessionEnv'),
		);
	});
});
