import { REGISTRY } from '../project/durable-classes.ts';
import type { DurableClass, DurableObjects, Project, WranglerFile } from '../project/project.ts';

/** What the user has to add to a file of their own, for us to leave it alone. */
export interface ManualStep {
	/** Relative to the package root, with `/`. */
	readonly path: string;
	/** Where in the file: 'as the last entry of "migrations"'. */
	readonly where: string;
	/** Exactly what to add, ASCII, without a line end at the end. */
	readonly lines: string;
	readonly language: 'jsonc' | 'toml' | 'ts';
}

const CLASS_NAME = /^[A-Za-z_$][\w$]{0,127}$/;

const TAG_NAME = /^[\w.-]{0,60}$/;

/** How the project declares Durable Object classes; undefined where Flue does that by itself or the file cannot be read. */
function declarations({ targets, wrangler, runtime }: Project): WranglerFile | undefined {
	const isForCloudflare = targets.some(({ value }) => value === 'cloudflare');
	if (!isForCloudflare || runtime.profile.cloudflare.migrations === 'flue') return undefined;
	// alchemy migrates by itself; the Vite plugin has a Wrangler configuration, if not this file.
	const isOfAlchemy = targets.some(({ from }) => from.includes('alchemy.run.'));
	if (wrangler !== undefined || isOfAlchemy) return wrangler;
	const durableObjects: DurableObjects = { form: 'none', tags: [], classes: new Set() };
	return { path: 'wrangler.jsonc', syntax: 'json', durableObjects, bound: [] };
}

/** The lines that declare those of the classes that the project's Wrangler configuration does not declare yet. */
export function declarationOf(classes: readonly string[], project: Project): ManualStep | undefined {
	const wrangler = declarations(project);
	if (wrangler === undefined) return undefined;
	const { path, syntax, durableObjects } = wrangler;
	const wanted = project.runtime.profile.cloudflare.registry ? [REGISTRY, ...classes] : classes;
	const missing = [...new Set(wanted)].filter(
		(name) => CLASS_NAME.test(name) && durableObjects?.classes.has(name) !== true,
	);
	if (missing.length === 0) return undefined;
	const { form = syntax === 'toml' ? 'tables' : 'list', tags = [] } = durableObjects ?? {};
	const step =
		form === 'exports' ? exportLines(missing, syntax) : migrationLines(missing, form, syntax, nextTag(tags, missing));
	// What cannot be read may have this tag already.
	const where = durableObjects === undefined ? `${step.where}, with a tag that is not there yet` : step.where;
	return { ...step, path, where, language: syntax === 'toml' ? 'toml' : 'jsonc' };
}

function quote(names: readonly string[]): string {
	return names.map((name) => `"${name}"`).join(', ');
}

type Lines = Pick<ManualStep, 'where' | 'lines'>;

function migrationLines(
	classes: readonly string[],
	form: DurableObjects['form'],
	syntax: WranglerFile['syntax'],
	tag: string,
): Lines {
	if (form === 'tables') {
		const lines = `[[migrations]]\ntag = "${tag}"\nnew_sqlite_classes = [${quote(classes)}]`;
		return { where: 'at the end, after the other migrations', lines };
	}
	const entry =
		syntax === 'toml'
			? `{ tag = "${tag}", new_sqlite_classes = [${quote(classes)}] }`
			: `{ "tag": "${tag}", "new_sqlite_classes": [${quote(classes)}] }`;
	if (form === 'list') return { where: 'as the last entry of "migrations"', lines: entry };
	return { where: 'as a property of the whole', lines: `"migrations": [${entry}]` };
}

/** `exports` is what newer versions of wrangler take in the place of migrations; both exclude each other. */
function exportLines(classes: readonly string[], syntax: WranglerFile['syntax']): Lines {
	const lines = classes.map((name) =>
		syntax === 'toml'
			? `[exports.${name}]\ntype = "durable-object"\nstorage = "sqlite"`
			: `"${name}": { "type": "durable-object", "storage": "sqlite" }`,
	);
	return syntax === 'toml'
		? { where: 'at the end', lines: lines.join('\n\n') }
		: { where: 'in "exports"', lines: lines.join(',\n') };
}

/** The next in the project's own way of counting: v1, v2; 0001, 0002; flue-class-FlueHelloAgent. */
function nextTag(tags: readonly string[], classes: readonly string[]): string {
	const last = tags.at(-1) ?? '';
	const [, prefix = 'v', digits = `${tags.length}`] = /^(.*?)(\d+)$/.exec(last) ?? [];
	const isPlain = TAG_NAME.test(prefix) && digits.length < 10;
	const named = last.startsWith('flue-class-') ? [`flue-class-${classes.at(-1)}`] : [];
	const count = (n: number) =>
		isPlain ? prefix + String(n).padStart(digits.startsWith('0') ? digits.length : 0, '0') : `v${n}`;
	const start = isPlain ? Number(digits) + 1 : tags.length + 1;
	const counted = Array.from({ length: tags.length + 1 }, (_, index) => count(start + index));
	return [...named, ...counted].find((tag) => !tags.includes(tag)) ?? count(start);
}

/** Which of the classes that are bound, or generated for the project's sources, its Wrangler configuration does not declare. */
export function undeclaredClasses(project: Project): readonly DurableClass[] {
	const { wrangler, durableClasses } = project;
	const declared = wrangler?.durableObjects?.classes;
	if (declared === undefined || declarations(project) === undefined) return [];
	const ofFlue = (wrangler?.bound ?? []).filter(
		({ name }) => name === REGISTRY || /^Flue\w+(?:Agent|Workflow)$/.test(name),
	);
	const all = [...durableClasses, ...ofFlue].filter(({ name }) => CLASS_NAME.test(name) && !declared.has(name));
	return all.filter(({ name }, index) => all.findIndex((other) => other.name === name) === index);
}
