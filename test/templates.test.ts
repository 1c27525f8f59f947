import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { execa } from 'execa';
import Handlebars from 'handlebars';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addedFiles, connectorFile, withMethod } from './support/added-project.ts';
import { plainEnv } from './support/flue.ts';
import { type Files, writeFiles } from './support/temporary-folder.ts';

const ROOT = join(import.meta.dirname, '..');

const TEMPLATES = readdirSync(join(ROOT, 'templates'), { recursive: true, encoding: 'utf8' })
	.filter((path) => path.endsWith('.hbs'))
	.map((path) => join('templates', path));

type View = Readonly<Record<string, unknown>>;

/** The fields that a template reads; an item of a list, or an object, has fields of its own. */
interface Fields {
	[name: string]: Fields;
}

/** The strict mode of Handlebars looks at what is printed, and not at what stands in `{{#if}}` and `{{#each}}`. */
function fieldsOf(source: string): Fields {
	const view: Fields = {};
	const scopes = [view];
	const read = ({ parts, depth }: hbs.AST.PathExpression) =>
		parts.reduce((fields, part) => (fields[part] ??= {}), scopes[depth] ?? view);

	class Reader extends Handlebars.Visitor {
		override MustacheStatement({ path }: hbs.AST.MustacheStatement): void {
			read(path as hbs.AST.PathExpression);
		}
		override BlockStatement({ path, params, program, inverse }: hbs.AST.BlockStatement): void {
			const item = read(params[0] as hbs.AST.PathExpression);
			const isList = (path as hbs.AST.PathExpression).original === 'each';
			if (isList) scopes.unshift(item);
			this.accept(program);
			if (isList) scopes.shift();
			if (inverse) this.accept(inverse);
		}
	}
	new Reader().accept(Handlebars.parse(source));
	return view;
}

/** The fields that no view has, or that some view lacks: "examples.title". */
function missing(fields: Fields, views: readonly View[], prefix = ''): string[] {
	return Object.entries(fields).flatMap(([name, inner]) => {
		const path = `${prefix}${name}`;
		const values = views.map((view) => view[name]);
		if (values.length === 0 || values.some((value) => value === undefined)) return [path];
		return Object.keys(inner).length === 0 ? [] : missing(inner, values.flat() as View[], `${path}.`);
	});
}

test.each([
	['{{#if typo}}x{{/if}}', { title: '' }, ['typo']],
	['{{#unless typo}}x{{/unless}}', { title: '' }, ['typo']],
	['{{#each typos}}x{{/each}}', { items: [] }, ['typos']],
	['{{#each items}}{{#if typo}}x{{/if}}{{/each}}', { items: [{ title: '' }] }, ['items.typo']],
	['{{#each items}}{{title}}{{/each}}', { items: [] }, ['items.title']],
	['{{#each items}}{{#if this}}{{../title}}{{/if}}{{/each}}', { items: ['x'], title: '' }, []],
])('in %s a field that the view does not have is noticed', (source, view, expected) => {
	expect(missing(fieldsOf(source), [view])).toEqual(expected);
});

const root = realpathSync(mkdtempSync(join(tmpdir(), 'flue-templates-')));

const views = new Map<string, View[]>();

/** A copy of the program that notes each view that a template is rendered with. */
beforeAll(async () => {
	const before = 'export default function render(view) {';
	const noteViews = {
		name: 'note-views',
		transform: {
			order: 'post',
			filter: { id: /\.hbs$/ },
			handler(code: string, id: string) {
				if (!code.includes(before)) throw new Error('The module of a template does not look as expected.');
				const note = `[${JSON.stringify(relative(ROOT, id))}, view]`;
				return code.replace(
					before,
					`${before} process.getBuiltinModule('node:fs').appendFileSync(process.env.VIEWS, JSON.stringify(${note}) + '\\n');`,
				);
			},
		},
	} as const;
	const outDir = join(root, 'dist');
	await build({
		root: ROOT,
		logLevel: 'warn',
		mode: 'production',
		plugins: [noteViews],
		build: { outDir, emptyOutDir: true },
	});
	cpSync(join(ROOT, 'bin'), join(root, 'bin'), { recursive: true });
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

async function noteViewsOf(args: readonly string[], files: Files): Promise<void> {
	const cwd = mkdtempSync(join(root, 'project-'));
	const notes = join(root, 'views.jsonl');
	writeFiles(cwd, files);
	const env = plainEnv({ VIEWS: notes });
	await execa(process.execPath, [join(root, 'bin/flue.js'), ...args], { cwd, env, extendEnv: false, stdin: 'ignore' });
	for (const line of readFileSync(notes, 'utf8').trimEnd().split('\n')) {
		const [template, view] = JSON.parse(line) as [string, View];
		views.set(template, [...(views.get(template) ?? []), view]);
	}
	rmSync(notes);
}

test('every field that a template reads is in the view that it gets', async () => {
	const without = { 'package.json': { name: 'bot' }, '.env.example': 'OTHER=\n' };
	for (const runtime of ['0.6.0', '0.8.0', '1.0.0-beta.1', '1.0.0-beta.3', '2.0.0', '2.0.2']) {
		for (const example of ['basic', 'coding-agent', 'image'])
			await noteViewsOf(['add', 'daytona', '--print', '--runtime', runtime, '--example', example], without);
	}
	await noteViewsOf(['add', 'daytona', '--print'], without);
	await noteViewsOf(['add', 'daytona', '--print', '--no-install'], without);
	await noteViewsOf(['add', 'daytona', '--print'], addedFiles('2.1.0', connectorFile('2.0.2')));
	await noteViewsOf(['add', 'daytona', '--print', '--example', 'basic', '--runtime', '2.1.0'], {
		...without,
		'wrangler.json': '{}',
	});
	await noteViewsOf(['add', 'daytona', '--print', '--runtime', '2.1.0'], { ...without, 'wrangler.json': '{}' });
	const old = connectorFile('0.9.0');
	const clash = old.replace('return createSandboxSessionEnv(', 'return await createSandboxSessionEnv(');
	for (const content of [connectorFile('2.0.2'), old, withMethod(old), clash])
		await noteViewsOf(['update', 'daytona', '--print'], addedFiles('2.1.0', content, '0.180.0'));
	await noteViewsOf(['update', 'daytona', '--print', '--force'], addedFiles('2.1.0', clash));
	await noteViewsOf(
		['update', 'daytona', '--print', '--no-install', '--runtime', '9.0.0'],
		addedFiles('2.1.0', old, '0.180.0'),
	);

	const problems = TEMPLATES.flatMap((template) => {
		const fields = fieldsOf(readFileSync(join(ROOT, template), 'utf8'));
		const found = views.get(template);
		if (found === undefined) return [`${template} was not rendered`];
		return missing(fields, found).map((field) => `${template}: ${field}`);
	});
	expect(problems).toEqual([]);
});
