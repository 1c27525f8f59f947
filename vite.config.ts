import { basename, dirname, join, relative } from 'node:path';
import Handlebars from 'handlebars';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** The fields that a template reads of its view; a list's items have fields of their own. */
interface Fields {
	[name: string]: Fields;
}

function readField(path: hbs.AST.Expression, scopes: Fields[]): Fields {
	if (path.type !== 'PathExpression') throw new Error(`expected a field, found a ${path.type}`);
	const { depth, parts, data, original } = path as hbs.AST.PathExpression;
	if (data) return {};
	const scope = scopes[depth];
	if (scope === undefined) throw new Error(`"${original}" points outside the view`);
	return parts.reduce<Fields>((fields, name) => (fields[name] ??= {}), scope);
}

/** Follows `{{x}}`, `{{#if x}}`, `{{#unless x}}` and `{{#each xs}}`; anything else is a decision and belongs in TypeScript. */
function readFields(program: hbs.AST.Program | undefined, scopes: Fields[]): string[] {
	const partials: string[] = [];
	for (const node of program?.body ?? []) {
		if (node.type === 'MustacheStatement') {
			readField((node as hbs.AST.MustacheStatement).path, scopes);
		} else if (node.type === 'PartialStatement') {
			partials.push(String(((node as hbs.AST.PartialStatement).name as hbs.AST.PathExpression).original));
		} else if (node.type === 'BlockStatement') {
			const { path, params, program: body, inverse } = node as hbs.AST.BlockStatement;
			const helper = String((path as hbs.AST.PathExpression).original);
			if (!['if', 'unless', 'each'].includes(helper)) throw new Error(`"#${helper}" is not allowed`);
			const field = readField(params[0] as hbs.AST.Expression, scopes);
			partials.push(...readFields(body, helper === 'each' ? [field, ...scopes] : scopes));
			partials.push(...readFields(inverse, scopes));
		} else if (node.type !== 'ContentStatement' && node.type !== 'CommentStatement') {
			throw new Error(`"${node.type}" is not allowed`);
		}
	}
	return [...new Set(partials)];
}

/**
 * Compiles `*.hbs` at build time, so that no parser is shipped and a syntax error fails the build.
 * Handlebars' strict mode lets `{{#if typo}}` and `{{#each typo}}` through: the module checks its view itself.
 * A partial is named by its path below the connector's folder: `{{> partials/exec}}`. The templates of an earlier version are
 * in a folder `v<version>` there, with partials of their own.
 */
function handlebarsTemplates(): Plugin {
	return {
		name: 'handlebars-templates',
		transform: {
			filter: { id: /\.hbs$/ },
			handler(source, id) {
				const name = `${basename(dirname(id))}/${basename(id)}`;
				const root: Fields = {};
				const partials = readFields(Handlebars.parse(source), [root]);
				const templateFolder = id.slice(0, id.lastIndexOf('/templates/') + '/templates/'.length);
				const [connectorFolder = '', folder = ''] = relative(templateFolder, id).split('/');
				const home = join(templateFolder, connectorFolder, /^v\d+$/.test(folder) ? folder : '');
				const partialFile = (partial: string) => join(home, `${partial}.hbs`);
				const spec = Handlebars.precompile(source, { strict: true, noEscape: true, knownHelpersOnly: true });
				const code = [
					`import { template } from 'handlebars/runtime';`,
					...partials.map((partial, i) => `import partial${i} from ${JSON.stringify(partialFile(partial))};`),
					`const compiled = template(${spec.toString()});`,
					`const fields = ${JSON.stringify(root)};`,
					`const partials = {${partials.map((partial, i) => `${JSON.stringify(partial)}: partial${i}, ...partial${i}.partials`).join(', ')}};`,
					`function check(view, fields) {`,
					`  for (const [name, inner] of Object.entries(fields)) {`,
					`    if (view?.[name] === undefined) throw new Error(\`The template ${name} reads "\${name}", which its view does not have.\`);`,
					`    for (const item of Array.isArray(view[name]) ? view[name] : []) check(item, inner);`,
					`  }`,
					`}`,
					`export default function render(view, options = { partials }) { check(view, fields); return compiled(view, options); }`,
					`render.partials = partials;`,
				].join('\n');
				return { code, map: { mappings: '' } };
			},
		},
	};
}

/**
 * What a library asks for and must not have here: detect-package-manager would ask `yarn --version` where it finds no lockfile,
 * and commander could start a subcommand that is a program of its own, for which it loads `node:child_process` at every start.
 */
const REFUSED = { 'detect-package-manager': 'execa', commander: 'node:child_process' } as const;

function refuseProcesses(): Plugin {
	return {
		name: 'refuse-processes',
		enforce: 'pre',
		resolveId(source, importer) {
			const isRefused = Object.entries(REFUSED).some(
				([library, wanted]) => source === wanted && importer?.includes(`/node_modules/${library}/`),
			);
			return isRefused ? join(import.meta.dirname, 'src/system/refuse-process.ts') : undefined;
		},
	};
}

export default defineConfig({
	plugins: [handlebarsTemplates(), refuseProcesses()],
	build: {
		ssr: 'src/cli.ts',
		target: 'node20.12',
		minify: true,
		license: { fileName: 'THIRD-PARTY-LICENSES.md' },
		rolldownOptions: { output: {
				// CommonJS, because Node starts a tenth faster on it.
				format: 'cjs',
				entryFileNames: '[name].cjs',
				chunkFileNames: '[name].cjs',
				codeSplitting: {
					groups: [
						{ name: 'start', test: /\/src\/cli\.ts$/, priority: 2 },
						{ name: 'add', test: /\/src\/(?:add|words|connectors\/daytona\/daytona)\.ts$/, priority: 1 },
					],
				},
			} },
	},
	ssr: { noExternal: true },
	test: {
		globalSetup: 'test/support/build.ts',
		exclude: ['**/node_modules/**', 'test/{slow,bench}/**'],
		// Whatever a machine is busy with, and whatever packages have to be fetched first.
		testTimeout: 600_000,
		hookTimeout: 600_000,
		// Real processes, signals and terminals: what a busy machine did to one of them is looked at once more.
		retry: 1,
		server: { deps: { inline: ['detect-package-manager'] } },
	},
});
