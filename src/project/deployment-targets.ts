import { join } from 'node:path';
import { below } from '../lib/paths.ts';
import { isConnectorPath } from '../lib/sanitize.ts';
import { listFolder, readTextIfAny } from '../system/files.ts';
import type { DeploymentTarget, Fact } from './project.ts';
import { findFile, WRANGLER_FILES } from './wrangler.ts';

type Target = Fact<DeploymentTarget>;

const EXTENSIONS = ['ts', 'mts', 'mjs', 'js', 'cjs', 'cts'];

const CONFIG_BYTES = 64 * 1024;

const WORKFLOWS = '.github/workflows';

const MOST_WORKFLOWS = 20;

const WORKFLOW_BYTES = 64 * 1024;

/** Where the project says that it is built for: each target once, with the first place that names it. */
export function findTargets(
	root: string,
	folders: readonly string[],
	gitRoot: string | undefined,
	scripts: readonly string[],
): readonly Target[] {
	const wrangler = findFile(root, folders, WRANGLER_FILES);
	const workflow = findWorkflow(gitRoot ?? root);
	const found: readonly Target[] = [
		...(wrangler === undefined ? [] : [{ value: 'cloudflare', from: wrangler } as const]),
		...configuredTargets(root, folders),
		...scriptTargets(scripts),
		...(workflow === undefined ? [] : [{ value: 'github-actions', from: workflow } as const]),
	];
	return found.filter(({ value }, index) => found.findIndex((other) => other.value === value) === index);
}

/** The configurations are programs: they are read as text, and never run. */
function configuredTargets(root: string, folders: readonly string[]): readonly Target[] {
	const [flue, vite, alchemy] = ['flue.config', 'vite.config', 'alchemy.run'].map((name) =>
		readConfig(root, folders, name),
	);
	const inline = vite && { ...vite, text: /\bflue\(\s*\{([^}]*)\}/.exec(vite.text)?.[1] ?? '' };
	return [
		...namedTargets(flue),
		...namedTargets(inline),
		...(vite !== undefined && /['"]@cloudflare\/vite-plugin['"]/.test(vite.text)
			? [{ value: 'cloudflare', from: vite.name } as const]
			: []),
		...(alchemy !== undefined && /cloudflare/i.test(alchemy.text)
			? [{ value: 'cloudflare', from: alchemy.name } as const]
			: []),
	];
}

interface ConfigFile {
	readonly name: string;
	/** Without its comments. */
	readonly text: string;
}

function readConfig(root: string, folders: readonly string[], name: string): ConfigFile | undefined {
	const file = findFile(
		root,
		folders,
		EXTENSIONS.map((extension) => `${name}.${extension}`),
	);
	const text = file === undefined ? undefined : readTextIfAny(below(root, file), CONFIG_BYTES);
	if (file === undefined || text === undefined) return undefined;
	return { name: file, text: text.replaceAll(/\/\*[^]*?\*\/|(?<!:)\/\/.*/g, '') };
}

/** An expression can choose between the two: then the project has both. */
function namedTargets(config: ConfigFile | undefined): readonly Target[] {
	if (config === undefined) return [];
	const [, value = ''] = /\btarget['"]?\s*:\s*([^,;}]*)/.exec(config.text) ?? [];
	return (['cloudflare', 'node'] as const)
		.filter((target) => new RegExp(`['"\`]${target}['"\`]`).test(value))
		.map((target) => ({ value: target, from: config.name }));
}

function scriptTargets(scripts: readonly string[]): readonly Target[] {
	return (['cloudflare', 'node'] as const)
		.filter((target) => scripts.some((line) => new RegExp(`\\bflue\\b.*--target[ =]${target}\\b`).test(line)))
		.map((value) => ({ value, from: 'package.json' }));
}

/** The first workflow that speaks of Flue. */
function findWorkflow(top: string): string | undefined {
	const files = listFolder(below(top, WORKFLOWS), MOST_WORKFLOWS).filter(
		({ name, kind }) => kind === 'file' && /\.ya?ml$/.test(name),
	);
	const found = files.find(({ name }) =>
		/\bflue\b/i.test(readTextIfAny(join(top, WORKFLOWS, name), WORKFLOW_BYTES) ?? ''),
	);
	if (found === undefined) return undefined;
	return isConnectorPath(found.name) ? `${WORKFLOWS}/${found.name}` : WORKFLOWS;
}
