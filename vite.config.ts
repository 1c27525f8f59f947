import { basename, dirname, join, relative } from 'node:path';
import Handlebars from 'handlebars';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** The fields that a template reads of its view; a list's items have fields of their own. */
interface Fields {
	[name: string]: Fields;
}

/** A view, or an item of a list in it: what the generated code calls it, and what is read of it. */
interface Scope {
	readonly name: string;
	readonly fields: Fields;
}

interface Compiled {
	/** An expression. */
	readonly code: string;
	/** Names of partials, in the order in which the code calls them `partial0`, `partial1`, … */
	readonly partials: string[];
}

function readField(expression: hbs.AST.Node | undefined, scopes: readonly Scope[]): Scope {
	if (expression?.type !== 'PathExpression') throw new Error(`expected a field, found a ${expression?.type}`);
	const { depth, parts, data, original } = expression as hbs.AST.PathExpression;
	const scope = scopes[depth];
	if (scope === undefined || data) throw new Error(`"${original}" is not in the view`);
	const fields = parts.reduce<Fields>((inner, part) => (inner[part] ??= {}), scope.fields);
	return { name: [scope.name, ...parts].join('.'), fields };
}

/** Reads a template by itself: its partials are called with the scope they stand in. */
function compileTemplate(source: string): Compiled & { readonly fields: Fields } {
	const partials: string[] = [];

	function compileBlock({ path, params, program, inverse }: hbs.AST.BlockStatement, scopes: readonly Scope[]): string {
		const helper = String((path as hbs.AST.PathExpression).original);
		const { name, fields } = readField(params[0], scopes);
		if (helper === 'each' && inverse === undefined) {
			const item = { name: `item${scopes.length}`, fields };
			return `${name}.map((${item.name}) => ${compile(program, [item, ...scopes])}).join('')`;
		}
		const [yes, no] = [compile(program, scopes), compile(inverse, scopes)];
		if (helper === 'if') return `(holds(${name}) ? ${yes} : ${no})`;
		if (helper === 'unless') return `(holds(${name}) ? ${no} : ${yes})`;
		throw new Error(`"#${helper}" is not allowed`);
	}

	/** `{{x}}`, `{{#if x}}`, `{{#unless x}}`, `{{#each xs}}` and `{{> x}}`; anything else is a decision and belongs in TypeScript. */
	function compile(program: hbs.AST.Program | undefined, scopes: readonly Scope[]): string {
		const parts = (program?.body ?? []).map((node) => {
			if (node.type === 'ContentStatement') return JSON.stringify((node as hbs.AST.ContentStatement).value);
			if (node.type === 'CommentStatement') return '""';
			if (node.type === 'MustacheStatement') return readField((node as hbs.AST.MustacheStatement).path, scopes).name;
			if (node.type === 'BlockStatement') return compileBlock(node as hbs.AST.BlockStatement, scopes);
			if (node.type !== 'PartialStatement') throw new Error(`"${node.type}" is not allowed`);
			const { name, indent } = node as hbs.AST.PartialStatement & { indent: string };
			if (indent !== '') throw new Error('a partial cannot be indented');
			return `partial${partials.push(String((name as hbs.AST.PathExpression).original)) - 1}(${scopes[0]?.name})`;
		});
		return ['""', ...parts].join(' + ');
	}

	const view = { name: 'view', fields: {} };
	return { code: compile(Handlebars.parse(source), [view]), partials, fields: view.fields };
}

/**
 * Makes a function of each `*.hbs` at build time, so that a syntax error fails the build and neither a parser nor a runtime is
 * shipped. It throws when its view lacks a field, which Handlebars lets through in `{{#if typo}}` and `{{#each typo}}`.
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
				const { code, partials, fields } = compileTemplate(source);
				const templateFolder = id.slice(0, id.lastIndexOf('/templates/') + '/templates/'.length);
				const [connectorFolder = '', folder = ''] = relative(templateFolder, id).split('/');
				const home = join(templateFolder, connectorFolder, /^v\d+$/.test(folder) ? folder : '');
				const module = [
					`import { checkView, holds } from ${JSON.stringify(join(import.meta.dirname, 'src/template-view.ts'))};`,
					...partials.map((partial, i) => `import partial${i} from ${JSON.stringify(join(home, `${partial}.hbs`))};`),
					`const fields = ${JSON.stringify(fields)};`,
					'export default function render(view) {',
					`  checkView(${JSON.stringify(name)}, view, fields);`,
					`  return ${code};`,
					'}',
				].join('\n');
				return { code: module, map: { mappings: '' } };
			},
		},
	};
}

/** A module that a library asks for: by its name, or, if it is one of the library's own files, by its path in there. */
interface StandIn {
	readonly library: string;
	readonly wants: string;
	/** What it gets in its place: a file of `src/system/stand-ins/`, or these exports, which are functions that throw when they are called. */
	readonly gets: string | readonly string[];
}

/**
 * What a library asks for and must not have here: detect-package-manager would ask `yarn --version` where it finds no lockfile,
 * and commander could start a subcommand that is a program of its own, for which it loads `node:child_process` at every start.
 */
const STAND_INS: readonly StandIn[] = [
	{ library: 'detect-package-manager', wants: 'execa', gets: 'refuse-process.ts' },
	{ library: 'detect-package-manager', wants: 'fs', gets: 'fs-without-threads.ts' },
	{ library: 'commander', wants: 'node:child_process', gets: 'refuse-process.ts' },
];

/**
 * What a library has and we never call, which would be a fifth of the package: of execa, which only starts programs here and
 * hands their streams on, all that is for scripts, messages, pipes, transforms and a log of its own. In the build alone,
 * for the tests call it.
 */
const LEFT_OUT: readonly StandIn[] = [
	{ library: 'execa', wants: 'human-signals', gets: 'signal-names.ts' },
	{ library: 'execa', wants: '@sindresorhus/merge-streams', gets: ['default'] },
	{ library: 'execa', wants: 'npm-run-path', gets: ['npmRunPathEnv'] },
	{ library: 'execa', wants: 'lib/methods/template.js', gets: 'no-template-strings.ts' },
	{ library: 'execa', wants: 'lib/methods/main-sync.js', gets: ['execaCoreSync'] },
	{
		library: 'execa',
		wants: 'lib/methods/command.js',
		gets: ['mapCommandAsync', 'mapCommandSync', 'parseCommandString'],
	},
	{ library: 'execa', wants: 'lib/ipc/send.js', gets: ['sendMessage'] },
	{ library: 'execa', wants: 'lib/ipc/get-one.js', gets: ['getOneMessage'] },
	{ library: 'execa', wants: 'lib/ipc/get-each.js', gets: ['getEachMessage', 'loopOnMessages'] },
	{ library: 'execa', wants: 'lib/ipc/graceful.js', gets: ['getCancelSignal', 'sendAbort'] },
	{ library: 'execa', wants: 'lib/pipe/setup.js', gets: ['pipeToSubprocess'] },
	{ library: 'execa', wants: 'lib/convert/readable.js', gets: ['createReadable'] },
	{ library: 'execa', wants: 'lib/convert/writable.js', gets: ['createWritable'] },
	{ library: 'execa', wants: 'lib/convert/duplex.js', gets: ['createDuplex'] },
	{ library: 'execa', wants: 'lib/convert/iterable.js', gets: ['createIterable'] },
	{ library: 'execa', wants: 'lib/stdio/duplicate.js', gets: 'plain-streams.ts' },
	{ library: 'execa', wants: 'lib/transform/normalize.js', gets: 'plain-streams.ts' },
	{ library: 'execa', wants: 'lib/io/output-async.js', gets: 'plain-streams.ts' },
	{ library: 'execa', wants: 'lib/transform/generator.js', gets: ['generatorToStream'] },
	{ library: 'execa', wants: 'lib/io/iterate.js', gets: ['iterateForResult'] },
	{ library: 'execa', wants: 'lib/verbose/log.js', gets: ['serializeVerboseMessage', 'verboseLog'] },
	{ library: 'execa', wants: 'pretty-ms', gets: ['default'] },
	{ library: 'get-stream', wants: 'source/array.js', gets: ['getStreamAsArray'] },
	{ library: 'get-stream', wants: 'source/array-buffer.js', gets: ['getStreamAsArrayBuffer'] },
	{ library: 'get-stream', wants: 'source/string.js', gets: ['getStreamAsString'] },
	{ library: 'semver', wants: 'functions/coerce', gets: ['module.exports'] },
	{ library: 'semver', wants: 'functions/diff', gets: ['module.exports'] },
	{ library: 'semver', wants: 'functions/truncate', gets: ['module.exports'] },
	{ library: 'semver', wants: 'ranges/simplify', gets: ['module.exports'] },
];

/** When an upgraded library no longer asks for one of them the build fails, for it may ask for the same thing by another name. */
function standIns(name: string, rules: readonly StandIn[]): Plugin {
	const prefix = '\0refuse:';
	const unused = new Set(rules);
	return {
		name,
		enforce: 'pre',
		resolveId(source, importer = '') {
			const path = source.startsWith('.') ? join(dirname(importer), source) : source;
			const standIn = rules.find(({ library, wants }) =>
				path === source
					? source === wants && importer.includes(`/node_modules/${library}/`)
					: path.endsWith(`/node_modules/${library}/${wants}`),
			);
			if (standIn === undefined) return undefined;
			unused.delete(standIn);
			const { library, wants, gets } = standIn;
			return typeof gets === 'string'
				? join(import.meta.dirname, 'src/system/stand-ins', gets)
				: `${prefix}${library} ${wants}`;
		},
		load(id) {
			const standIn = rules.find(({ library, wants }) => id === `${prefix}${library} ${wants}`);
			if (standIn === undefined) return undefined;
			const { library, wants, gets } = standIn;
			const refuse = `function refuse() { throw new Error(${JSON.stringify(`${wants} is not in this build of ${library}.`)}); }`;
			return [refuse, ...Array.from(gets, (item) => `export { refuse as '${item}' };`)].join('\n');
		},
		generateBundle() {
			for (const { library, wants } of unused) this.error(`${library} does not ask for ${wants} any more.`);
		},
	};
}

/** What takes a tenth of a start to load and is not needed in most runs: it is loaded where it is first used. */
const LAZY_LIBRARIES = new Set(['semver', 'js-tokens']);
const LAZY_BUILTINS = new Set(['node:crypto', 'node:os', 'node:timers/promises', 'node:tty', 'node:url', 'node:util']);

/** Puts a library into a file of its own, and a stand-in in the place of its default export. */
function lazyModules(): Plugin {
	const [lazy, whole] = ['\0lazy:', '\0whole:'];
	return {
		name: 'lazy-modules',
		enforce: 'pre',
		apply: 'build',
		buildStart() {
			for (const library of LAZY_LIBRARIES)
				this.emitFile({ type: 'chunk', id: whole + library, fileName: `${library}.cjs` });
		},
		resolveId(source, importer) {
			if (source.startsWith(whole)) return source;
			if (importer?.startsWith(lazy)) return { id: source, external: true };
			const isOurs = importer?.startsWith(join(import.meta.dirname, 'src')) ?? false;
			const isLazy = LAZY_LIBRARIES.has(source) || LAZY_BUILTINS.has(source);
			return isOurs && isLazy ? lazy + source : undefined;
		},
		load(id) {
			if (id.startsWith(whole)) return `export { default } from '${id.slice(whole.length)}';`;
			if (!id.startsWith(lazy)) return undefined;
			const name = id.slice(lazy.length);
			const module = name.startsWith('node:') ? `require('${name}')` : `require('./${name}.cjs').default`;
			return `export default new Proxy(() => {}, { get: (_, name) => ${module}[name], apply: (_, self, args) => ${module}(...args) });`;
		},
	};
}

/** With a character beyond Latin-1 in it, V8 keeps a file's text in two bytes a character. */
function asciiOnly(): Plugin {
	return {
		name: 'ascii-only',
		generateBundle(_options, bundle) {
			for (const chunk of Object.values(bundle)) {
				if (chunk.type !== 'chunk') continue;
				chunk.code = chunk.code.replaceAll(
					/[^\0-\x7F]/g,
					(unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
				);
			}
		},
	};
}

/** At the top level of execa and js-yaml they make things of which most are never used, and change nothing: those are left out. */
const PURE_FUNCTIONS = [
	'createExeca',
	'RegExp',
	'Schema',
	'YAML11_SCHEMA.withTags',
	'defineMappingTag',
	'defineScalarTag',
	'defineSequenceTag',
];

export default defineConfig({
	plugins: [
		handlebarsTemplates(),
		standIns('stand-ins', STAND_INS),
		{ ...standIns('left-out', LEFT_OUT), apply: 'build' },
		lazyModules(),
		asciiOnly(),
	],
	build: {
		ssr: 'src/cli.ts',
		target: 'node20.12',
		minify: true,
		license: { fileName: 'THIRD-PARTY-LICENSES.md' },
		rolldownOptions: {
			treeshake: {
				// As its own package.json says, though not the one at its root.
				moduleSideEffects: [{ test: /\/node_modules\/diff\//, sideEffects: false }],
				manualPureFunctions: PURE_FUNCTIONS,
			},
			output: {
				// CommonJS, because Node starts a tenth faster on it.
				format: 'cjs',
				entryFileNames: '[name].cjs',
				chunkFileNames: '[name].cjs',
				codeSplitting: {
					groups: [
						{ name: 'start', test: /\/src\/(?:cli|coding-agents|system\/stand-ins\/refuse-process)\.ts$/, priority: 3 },
						{ name: 'check', test: /\/src\/(?:check|check-words)\.ts$/, priority: 1 },
						{ name: 'apply', test: /\/src\/system\/(?:apply|find-obstacle)\.ts$/, priority: 1 },
						{ name: 'add', test: /\/src\/(?:add|words|connectors\/daytona\/daytona)\.ts$/, priority: 2 },
					],
				},
			},
		},
	},
	ssr: { noExternal: true },
	test: {
		globalSetup: 'test/support/build.ts',
		exclude: ['**/node_modules/**', 'test/{slow,bench}/**'],
		// Whatever a machine is busy with, and whatever packages have to be fetched first.
		testTimeout: 600_000,
		hookTimeout: 600_000,
		// A golden file that is missing is a fault, whether or not CI is set: only -u writes one.
		update: 'none',
		// Real processes, signals and terminals: what a busy machine did to one of them is looked at once more.
		retry: 1,
		server: { deps: { inline: ['detect-package-manager'] } },
	},
});
