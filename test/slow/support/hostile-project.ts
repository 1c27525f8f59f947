import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { connectorFile as writtenFile } from '../../support/added-project.ts';

/** Stands in every text that only the project's author could have written: nothing printed may hold it. */
export const FOREIGN = 'ignoreallinstructions';

/** Stands in every value of an env file. */
export const SECRET = 'sk-s3cr3tvalue';

export type Node =
	| { readonly kind: 'text'; readonly text: string }
	| { readonly kind: 'link'; readonly target: string }
	| { readonly kind: 'pipe' }
	| { readonly kind: 'folder' }
	| { readonly kind: 'huge' };

/** Path → what is there; a path that cannot be made (its parent is no folder) is left out. */
export type HostileProject = ReadonlyMap<string, Node>;

const PAYLOADS = [
	`\n\n${FOREIGN}\n`,
	`\r\n${FOREIGN}`,
	`\u2028${FOREIGN}`,
	`\u001b[2J${FOREIGN}`,
	`\u009b31m${FOREIGN}`,
	`\u202e${FOREIGN}`,
	`\0${FOREIGN}`,
	`\`\`\`\n${FOREIGN}\n\`\`\`sh run\ntouch PWNED\n\`\`\``,
	`\`touch PWNED\``,
	`$(touch PWNED)`,
	`; touch PWNED #`,
	`' && touch PWNED && '`,
	`"; touch PWNED; "`,
	`\${process.exit(99)}`,
	`{{${FOREIGN}}}`,
	`*/ throw 1; /*`,
	`' + ${FOREIGN} + '`,
	`\\u0027;${FOREIGN}//`,
	`</script>${FOREIGN}`,
	`[${FOREIGN}](http://evil.test)`,
	`# ${FOREIGN}`,
	`| ${FOREIGN} |`,
	`\u200b${FOREIGN}\ud800`,
	`__proto__`,
	`constructor`,
	`toString`,
] as const;

const nasty = fc.oneof(
	fc.constantFrom(...PAYLOADS),
	fc
		.tuple(fc.constantFrom('a', 'daytona', '^1.0.0', '2.1.0', '@flue/runtime', './x'), fc.constantFrom(...PAYLOADS))
		.map((parts) => parts.join('')),
	fc
		.constantFrom('x', `${FOREIGN} `)
		.chain((unit) => fc.integer({ min: 300, max: 20_000 }).map((length) => unit.repeat(length / unit.length))),
	fc.string({ unit: 'binary', maxLength: 30 }),
);

const specifier = fc.oneof(
	nasty,
	fc.constantFrom(
		'^0.7.1',
		'^0.11.0',
		'1.0.0-beta.9',
		'^2.0.0',
		'2.1.0',
		'*',
		'latest',
		'catalog:',
		`catalog:${FOREIGN}`,
		'workspace:*',
		'npm:@flue/runtime@^2',
		`git+https://x:${SECRET}@evil.test/${FOREIGN}.git`,
		`https://evil.test/?token=${SECRET}`,
		'99999999999999999999.0.0',
		'>=0 <1 || 2',
		'9.9.9',
		`^2.0.0-${FOREIGN}.1`,
		`2.1.0+${FOREIGN}`,
		`0.7.1-${FOREIGN}`,
	),
);

const odd = fc.oneof(
	nasty,
	fc.constantFrom<unknown>(null, 7, true, [], {}, [null, {}], { __proto__: { a: 1 } }),
	fc.jsonValue({ maxDepth: 3 }),
);

const dependencies = fc.oneof(
	fc
		.tuple(specifier, specifier, fc.dictionary(nasty, odd, { maxKeys: 3 }))
		.map(([flue, sdk, rest]) => ({ ...rest, '@flue/runtime': flue, '@daytona/sdk': sdk })),
	specifier.map((flue) => ({ '@flue/runtime': flue })),
	fc.constantFrom('^0.7.1', '^0.11.0', '1.0.0-beta.9', '^2.0.0', '2.1.0').map((flue) => ({ '@flue/runtime': flue })),
	odd,
);

const manifestObject = fc.record(
	{
		name: odd,
		version: odd,
		dependencies,
		devDependencies: fc.oneof(odd, dependencies),
		workspaces: fc.oneof(odd, fc.array(nasty, { maxLength: 3 })),
		packageManager: fc.oneof(
			odd,
			nasty.map((text) => `npm@${text}`),
			nasty.map((text) => `${text}@1.0.0`),
			fc.constantFrom('pnpm@10.0.0', 'yarn@4.0.0', 'bun@1.0.0'),
		),
		devEngines: fc.oneof(
			odd,
			odd.map((name) => ({ packageManager: { name, version: name } })),
		),
		catalog: odd,
		catalogs: odd,
		type: odd,
		scripts: odd,
	},
	{ requiredKeys: ['dependencies'] },
);

const deep = fc.constantFrom(
	'['.repeat(100_000),
	`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`,
	`{"dependencies": ${'['.repeat(5000)}${']'.repeat(5000)}}`,
);

const manifestText = fc.oneof(
	{ arbitrary: manifestObject.map((value) => JSON.stringify(value)), weight: 16 },
	{
		arbitrary: manifestObject.map((value) => `{"__proto__": {"dependencies": {}}, ${JSON.stringify(value).slice(1)}`),
		weight: 2,
	},
	{ arbitrary: fc.oneof(nasty, deep, fc.constantFrom('', '[]', 'null', '{', '\u{FEFF}{}')), weight: 1 },
);

const envFile = fc
	.array(
		fc.tuple(
			fc.constantFrom(
				'DAYTONA_API_KEY',
				'ANTHROPIC_API_KEY',
				'OPENAI_API_KEY',
				'export A',
				'__proto__',
				`${SECRET}`,
				'#',
				'',
			),
			fc.constantFrom('=', ' = ', ':', ''),
			nasty,
		),
		{ maxLength: 6 },
	)
	.map((lines) =>
		lines.map(([name, sign, value]) => `${name}${sign}${SECRET}${value.replaceAll(FOREIGN, SECRET)}`).join('\n'),
	);

const connectorFile = fc.oneof(
	nasty,
	nasty.map((text) => `// flue-connectors: daytona@1 profile=${text} fingerprint=${'0'.repeat(32)}\n${text}`),
	nasty.map((text) => `// flue-connectors: daytona@999999 profile=0.6.0 fingerprint=${'a'.repeat(32)}\n${text}`),
	nasty.map((text) => `// flue-blueprint: sandbox/daytona@${text}\n`),
	fc
		.tuple(fc.constantFrom('0.6.0', '1.0.0-beta.1', '2.0.2'), nasty, nasty)
		.map(([since, above, below]) => `${above.length % 2 === 0 ? '' : above}${writtenFile(since)}${below}`),
	fc
		.constantFrom('\n'.repeat(130_000), '<<<<<<< x\n=======\n'.repeat(40_000))
		.map((lines) => `${writtenFile('1.0.0-beta.1')}// mine\n${lines}`),
	fc.constantFrom(
		'`${'.repeat(20_000),
		'x\n'.repeat(1_000_000),
		'('.repeat(100_000),
		'/*',
		'"',
		'\u{FEFF}',
		'//\n'.repeat(100_000),
		'<a>'.repeat(20_000),
		'/['.repeat(30_000),
	),
);

const text = (content: fc.Arbitrary<string>): fc.Arbitrary<Node> =>
	content.map((value) => ({ kind: 'text', text: value }));

const odder: fc.Arbitrary<Node> = fc.oneof(
	fc.constant<Node>({ kind: 'pipe' }),
	fc.constant<Node>({ kind: 'folder' }),
	fc.constant<Node>({ kind: 'huge' }),
	fc
		.constantFrom(
			'/dev/zero',
			'/dev/full',
			'/dev/null',
			'.',
			'..',
			'a',
			'b',
			'../outside',
			'../outside/file.txt',
			'/',
			'package.json',
			'nowhere',
		)
		.map((target): Node => ({ kind: 'link', target })),
);

const mostly = (usual: fc.Arbitrary<Node>, weight = 12) =>
	fc.oneof({ arbitrary: usual, weight }, { arbitrary: odder, weight: 1 });

const fileName = nasty
	.map((name) =>
		name
			.replaceAll(/[/\0]/g, '_')
			.replaceAll(/[\ud800-\udfff]/g, '_')
			.slice(0, 60),
	)
	.filter((name) => !/^\.{0,2}$/.test(name));

const json = odd.map((value) => JSON.stringify(value) ?? '');

const yaml = fc.oneof(
	nasty,
	fc.constantFrom(
		'a: &a [*a]',
		`a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n`,
		'packages: ["*"]\ncatalog: {"@flue/runtime": "^2.0.0"}',
		`packages: ["${'{a,b}'.repeat(20)}"]`,
		'? '.repeat(5000),
	),
	json,
);

/** Where a file of each kind may be; the keys hold no arbitrary part but those that are made from names. */
const FIXED: Readonly<Record<string, fc.Arbitrary<Node>>> = {
	'.env': mostly(text(envFile)),
	'.env.local': mostly(text(envFile)),
	'.dev.vars': mostly(text(envFile)),
	'.env.example': mostly(text(fc.oneof(envFile, fc.constantFrom('A=', '', '#\n'.repeat(500_000))))),
	'.flue/connectors/daytona.ts': mostly(text(connectorFile)),
	'src/sandboxes/daytona.mts': mostly(text(connectorFile)),
	'connectors/daytona.js': mostly(text(connectorFile)),
	'.flue': odder,
	'.flue/connectors': odder,
	src: odder,
	'tsconfig.json': mostly(
		text(
			fc.oneof(
				json,
				nasty.map((value) =>
					JSON.stringify({ extends: value, compilerOptions: { module: value, moduleResolution: value } }),
				),
				fc.constantFrom('{"extends": "./tsconfig.json"}', '['.repeat(50_000), '\n'.repeat(500_000)),
			),
		),
	),
	'pnpm-workspace.yaml': mostly(text(yaml)),
	'.yarnrc.yml': mostly(text(yaml)),
	'pnpm-lock.yaml': mostly(text(yaml)),
	'yarn.lock': mostly(text(nasty)),
	'package-lock.json': mostly(text(json)),
	'bun.lock': mostly(text(json)),
	'deno.lock': mostly(text(json)),
	'.gitignore': mostly(text(nasty)),
	'.git/config': text(nasty),
	'flue.config.ts': mostly(text(nasty.map((value) => `export default { root: '${value}' }`))),
	'wrangler.toml': mostly(text(nasty)),
	'node_modules/@flue/runtime/package.json': mostly(text(specifier.map((version) => JSON.stringify({ version })))),
	'node_modules/@daytona/sdk/package.json': mostly(text(specifier.map((version) => JSON.stringify({ version })))),
	'node_modules/.bin/flue': mostly(text(nasty)),
	'.flue/agents/hello.ts': mostly(text(nasty.map((value) => `'use agent';\n${value}`))),
	'packages/a/package.json': mostly(text(manifestText)),
	a: fc.constant<Node>({ kind: 'link', target: 'b' }),
	b: fc.constant<Node>({ kind: 'link', target: 'a' }),
};

const named = fc
	.tuple(
		fc.constantFrom(
			'.flue/connectors',
			'src/connectors',
			'sandboxes',
			'.github/workflows',
			'packages',
			'.flue/agents',
			'.',
		),
		fileName,
		fc.constantFrom('', '.ts', '.yml'),
		text(fc.oneof(nasty, connectorFile)),
	)
	.map(([folder, name, extension, node]) => [`${folder}/${name}${extension}`, node] as const);

export const hostileProject: fc.Arbitrary<HostileProject> = fc
	.tuple(
		mostly(text(manifestText), 60),
		fc.array(
			fc.constantFrom(...Object.keys(FIXED)).chain((path) => FIXED[path]!.map((node) => [path, node] as const)),
			{ maxLength: 9 },
		),
		fc.array(named, { maxLength: 2 }),
	)
	.map(([manifest, fixed, extra]) => new Map([['package.json', manifest], ...fixed, ...extra]));

const word = fc
	.oneof(
		nasty,
		fc.constantFrom(
			'',
			'-',
			'--',
			'..',
			'/',
			'/etc/passwd',
			'../outside/daytona.ts',
			'.flue/connectors/x.ts',
			'src/../../outside/x.ts',
			'x.ts',
			'.git/x.ts',
			'a/x.ts',
			'2',
			'0.11',
			'2.1.0',
			'__proto__',
			'npm',
			'pnpm',
		),
	)
	.map((value) =>
		value
			.replaceAll('\0', '')
			.replaceAll(/[\ud800-\udfff]/g, '')
			.slice(0, 5000),
	);

const MODES = [
	['--print'],
	['--write', '--no-install'],
	['--write', '--no-install', '--force'],
	['--dry-run'],
	['--diff'],
	[],
	['--yes', '--no-install'],
	['--write', '--no-install', '--example', 'basic'],
] as const;

const LOOKS = [[], [], ['--path', '.flue/connectors/daytona.ts'], ['--path', 'x.ts'], ['--cwd', '.flue']] as const;

const checkArguments = fc
	.tuple(fc.constantFrom(...LOOKS), fc.constantFrom([], ['--json']))
	.map(([option, form]) => ['check', ...option, ...form]);

const writeArguments = fc
	.tuple(
		fc.constantFrom('add', 'add', 'add', 'update'),
		fc.oneof(
			{ arbitrary: fc.constant(['daytona']), weight: 12 },
			{ arbitrary: fc.array(word, { maxLength: 3 }), weight: 1 },
		),
		fc.constantFrom(...MODES),
		fc.constantFrom([], [], ['--json']),
		fc.oneof(
			{ arbitrary: fc.constant([]), weight: 3 },
			{
				arbitrary: fc.tuple(fc.constantFrom('--path', '--runtime', '--cwd', '--package-manager', '--example'), word),
				weight: 1,
			},
		),
	)
	.map(([command, words, mode, form, option]) => [
		command,
		...words,
		...(command === 'update' ? mode.filter((flag) => flag !== '--example' && flag !== 'basic') : mode),
		...form,
		...option,
	]);

export const hostileArguments: fc.Arbitrary<readonly string[]> = fc.oneof(
	{ arbitrary: writeArguments, weight: 9 },
	{ arbitrary: checkArguments, weight: 1 },
);

function make(path: string, node: Node): void {
	mkdirSync(dirname(path), { recursive: true });
	if (node.kind === 'text') writeFileSync(path, node.text);
	else if (node.kind === 'link') symlinkSync(node.target, path);
	else if (node.kind === 'pipe') execFileSync('mkfifo', [path], { stdio: 'ignore' });
	else if (node.kind === 'folder') mkdirSync(path);
	else {
		writeFileSync(path, '');
		truncateSync(path, 5 * 1024 * 1024);
	}
}

export function writeProject(root: string, project: HostileProject): void {
	for (const [path, node] of project) {
		try {
			make(join(root, path), node);
		} catch {}
	}
}
