import Handlebars from 'handlebars';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const STRICT = { strict: true, noEscape: true, knownHelpersOnly: true };

/** Compiles each `*.hbs` into a function of its view. `{{> partials/exec}}` is a file below the connector's own templates. */
function handlebarsTemplates(): Plugin {
	return {
		name: 'handlebars-templates',
		transform: {
			filter: { id: /\.hbs$/ },
			handler(source, id) {
				const [home] = /^.*\/templates\/[^/]+\//.exec(id) ?? [''];
				const ast = Handlebars.parse(source);
				const partials = new Set<string>();
				const visitor = new Handlebars.Visitor();
				visitor.PartialStatement = ({ name }) => void partials.add((name as hbs.AST.PathExpression).original);
				visitor.accept(ast);
				const names = [...partials];
				const code = [
					"import Handlebars from 'handlebars/runtime';",
					...names.map((name, i) => `import partial${i} from ${JSON.stringify(`${home}${name}.hbs`)};`),
					`const partials = { ${names.map((name, i) => `${JSON.stringify(name)}: partial${i}`).join(', ')} };`,
					`const template = Handlebars.template(${String(Handlebars.precompile(ast, STRICT))});`,
					'export default function render(view) { return template(view, { partials }); }',
				].join('\n');
				return { code, map: { mappings: '' } };
			},
		},
	};
}

/** Where detect-package-manager finds no lockfile, its own old execa would ask `yarn --version`. We never call it there. */
function withoutOldExeca(): Plugin {
	const id = '\0no-execa';
	return {
		name: 'without-old-execa',
		enforce: 'pre',
		resolveId: (source, importer) =>
			source === 'execa' && importer?.includes('/detect-package-manager/') ? id : undefined,
		load: (loaded) =>
			loaded === id ? "export default () => { throw new Error('No process is started here.'); };" : undefined,
	};
}

export default defineConfig({
	plugins: [handlebarsTemplates(), withoutOldExeca()],
	build: {
		ssr: 'src/cli.ts',
		target: 'node20.19',
		minify: true,
		license: { fileName: 'THIRD-PARTY-LICENSES.md' },
		rolldownOptions: {
			// CommonJS starts a third faster than modules.
			output: { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: '[name].cjs' },
		},
	},
	ssr: { noExternal: true },
	test: {
		globalSetup: 'test/support/build.ts',
		exclude: ['**/node_modules/**', 'test/{agents,slow,bench}/**'],
		// Whatever a machine is busy with, and whatever packages have to be fetched first.
		testTimeout: 600_000,
		hookTimeout: 600_000,
		// A golden file that is missing is a fault, whether or not CI is set: only -u writes one.
		update: 'none',
		// Most tests wait for programs that they started.
		maxWorkers: 2,
		// Real processes, signals and terminals: what a busy machine did to one of them is looked at once more.
		retry: 1,
	},
});
