import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { installedPackages } from './packages.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** What a formatter makes of each file. */
export type Format = (files: readonly string[]) => Promise<string[]>;

const PRETTIER = {
	'its defaults': {},
	'no semicolons': { semi: false },
	'single quotes': { singleQuote: true },
	'four spaces': { tabWidth: 4 },
	tabs: { useTabs: true },
	'60 columns': { printWidth: 60 },
	'80 columns, tabs of eight': { printWidth: 80, useTabs: true, tabWidth: 8 },
	'100 columns': { printWidth: 100 },
	'120 columns': { printWidth: 120 },
	'200 columns': { printWidth: 200 },
	'no parentheses around one parameter': { arrowParens: 'avoid' },
	'no trailing commas': { trailingComma: 'none' },
	'trailing commas of ES5': { trailingComma: 'es5' },
	'no spaces in brackets': { bracketSpacing: false },
	'consistent quotes of properties': { quoteProps: 'consistent' },
	'quotes of properties as they are': { quoteProps: 'preserve' },
	'operators at the start of a line': { experimentalOperatorPosition: 'start' },
	'ternaries in its experimental way': { experimentalTernaries: true },
	'ternaries in its experimental way, 60 columns': { experimentalTernaries: true, printWidth: 60, semi: false },
	'objects on one line': { objectWrap: 'collapse' },
	'one attribute in a line': { singleAttributePerLine: true, bracketSameLine: true, jsxSingleQuote: true },
	CRLF: { endOfLine: 'crlf' },
	'the style of standard': {
		semi: false,
		singleQuote: true,
		arrowParens: 'avoid',
		trailingComma: 'none',
		bracketSpacing: false,
	},
	'everything unlike ours': {
		semi: false,
		singleQuote: false,
		printWidth: 60,
		tabWidth: 3,
		arrowParens: 'avoid',
		trailingComma: 'none',
		endOfLine: 'crlf',
	},
} as const;

const BIOME = {
	'its defaults': [],
	spaces: ['--indent-style=space', '--indent-width=4'],
	'60 columns': ['--line-width=60'],
	'120 columns and single quotes': ['--line-width=120', '--javascript-formatter-quote-style=single'],
	'no semicolons': ['--semicolons=as-needed'],
	'no parentheses, no trailing commas': ['--arrow-parentheses=as-needed', '--trailing-commas=none'],
	'no spaces in brackets': ['--bracket-spacing=false'],
	'a line for each member': ['--expand=always'],
	CRLF: ['--line-ending=crlf'],
} as const;

const DPRINT = {
	'its defaults': {},
	'two spaces and single quotes': { indentWidth: 2, quoteStyle: 'alwaysSingle' },
	tabs: { useTabs: true },
	'80 columns': { lineWidth: 80 },
	'60 columns': { lineWidth: 60 },
	'the style of Deno': { deno: true },
	'no semicolons': { semiColons: 'asi' },
	'no braces': { useBraces: 'preferNone' },
	'braces everywhere': { useBraces: 'always' },
	'braces kept': { useBraces: 'maintain' },
	'no trailing commas, no parentheses': { trailingCommas: 'never', 'arrowFunction.useParentheses': 'preferNone' },
	CRLF: { newLineKind: 'crlf' },
} as const;

const OXFMT = {
	'its defaults': {},
	'single quotes, no semicolons': { singleQuote: true, semi: false },
	tabs: { useTabs: true },
	'four spaces': { tabWidth: 4 },
	'60 columns': { printWidth: 60 },
	'80 columns': { printWidth: 80 },
	'no parentheses, no trailing commas': { arrowParens: 'avoid', trailingComma: 'none' },
	'sorted imports': { sortImports: {} },
} as const;

const STYLISTIC = {
	'its defaults': {},
	'semicolons, tabs and double quotes': { semi: true, indent: 'tab', quotes: 'double' },
	'four spaces and parentheses': { indent: 4, arrowParens: true, braceStyle: '1tbs' },
	'no trailing commas': { commaDangle: 'never', semi: true, quoteProps: 'consistent' },
} as const;

const PACKAGES = {
	prettier: { prettier: '3.10.1', '@biomejs/biome': '2.6.8' },
	dprint: { '@dprint/formatter': '0.6.0', '@dprint/typescript': '0.96.1' },
	oxfmt: { oxfmt: '0.79.0' },
	eslint: {
		eslint: '10.15.0',
		'@stylistic/eslint-plugin': '6.0.0',
		'@typescript-eslint/parser': '8.73.0',
		typescript: '5.9.3',
	},
} as const;

const nativeImport = createRequire(import.meta.url)('./native-import.cjs') as (url: string) => Promise<unknown>;

// oxlint-disable-next-line typescript/no-explicit-any -- the formatters' own types are not installed here
type Import = (name: string) => Promise<any>;

async function installed(name: keyof typeof PACKAGES): Promise<{ readonly folder: string; readonly load: Import }> {
	const folder = await installedPackages(PACKAGES[name]);
	const { resolve } = createRequire(join(folder, 'package.json'));
	return { folder, load: (wanted) => nativeImport(pathToFileURL(resolve(wanted)).href) };
}

function each(format: (file: string) => string | Promise<string>): Format {
	return (files) => Promise.all(files.map(format));
}

async function prettierFormats() {
	const { load } = await installed('prettier');
	const { default: prettier } = await load('prettier');
	return (options: object) => each((file) => prettier.format(file, { parser: 'typescript', ...options }));
}

async function biomeFormats() {
	const { folder } = await installed('prettier');
	return (args: readonly string[]): Format =>
		async (files) => {
			const cwd = temporaryFolder(Object.fromEntries(files.map((file, number) => [`${number}.ts`, file])));
			await execa(join(folder, 'node_modules/.bin/biome'), ['format', '--write', ...args, '.'], { cwd });
			return files.map((_, number) => readFileSync(join(cwd, `${number}.ts`), 'utf8'));
		};
}

async function dprintFormats() {
	const { load } = await installed('dprint');
	const [{ createContext }, { getPath }] = await Promise.all([load('@dprint/formatter'), load('@dprint/typescript')]);
	const plugin = readFileSync(getPath());
	return (options: object): Format => {
		const context = createContext();
		context.addPlugin(plugin, options);
		const format = (fileText: string): string => context.formatText({ filePath: 'a.ts', fileText });
		// As `dprint fmt` does, until it changes nothing more.
		return each((file) => format(format(format(file))));
	};
}

async function oxfmtFormats() {
	const { load } = await installed('oxfmt');
	const { format } = await load('oxfmt');
	return (options: object) => each(async (file) => (await format('a.ts', file, options)).code);
}

async function eslintFormats() {
	const { load } = await installed('eslint');
	const names = ['eslint', '@stylistic/eslint-plugin', '@typescript-eslint/parser'];
	const [{ ESLint }, { default: stylistic }, parser] = await Promise.all(names.map(load));
	return (options: object): Format => {
		const language = { files: ['**/*.ts'], languageOptions: { parser } };
		const overrideConfig = [language, { ...stylistic.configs.customize(options), files: ['**/*.ts'] }];
		const eslint = new ESLint({ fix: true, overrideConfigFile: true, overrideConfig });
		return each(async (file) => (await eslint.lintText(file, { filePath: 'a.ts' }))[0].output ?? file);
	};
}

async function all<Options>(
	name: string,
	options: Readonly<Record<string, Options>>,
	load: () => Promise<(options: Options) => Format>,
): Promise<(readonly [string, Format])[]> {
	try {
		const format = await load();
		return Object.entries(options).map(([words, values]) => [`${name} with ${words}`, format(values)] as const);
	} catch (error) {
		console.log(`${name} is not tried here, since it could not be installed: ${(error as Error).message}`);
		return [];
	}
}

/** Each with its name. */
export const FORMATTERS = (
	await Promise.all([
		all<object>('prettier', PRETTIER, prettierFormats),
		all<readonly string[]>('Biome', BIOME, biomeFormats),
		all<object>('dprint', DPRINT, dprintFormats),
		all<object>('oxfmt', OXFMT, oxfmtFormats),
		all<object>('eslint', STYLISTIC, eslintFormats),
	])
).flat();
