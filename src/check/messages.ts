import { CONSEQUENCES, CONTRACT_RANGES } from '../ecosystem/flue-runtimes.ts';
import {
	fromOutside,
	installAllCommand,
	installCommand,
	type PackageManagerName,
} from '../ecosystem/package-managers.ts';
import { safe, shownPath } from '../lib/sanitize.ts';
import { appendLine, shellWords, shownCommand } from '../lib/shell.ts';
import type { RuntimeCopy } from '../project/runtime-copies.ts';
import type { Finding, FindingArguments, FindingCode, Tools } from './findings.ts';

interface FindingMessage {
	readonly message: string;
	/** What mends it; undefined where no command can. */
	readonly command: string | undefined;
}

type Sentences = { readonly [Code in FindingCode]: (args: FindingArguments[Code], tools: Tools) => FindingMessage };

/** Where a manager is told to install one copy for all; in a workspace that is the root's package.json. */
const OVERRIDES = {
	npm: '"overrides": { "@flue/runtime": "$@flue/runtime" } in package.json',
	pnpm: 'overrides: { "@flue/runtime": "$@flue/runtime" } in pnpm-workspace.yaml',
	yarn: '"resolutions": { "@flue/runtime": "<version>" } in package.json',
	bun: '"overrides": { "@flue/runtime": "<version>" } in package.json',
} as const satisfies Record<PackageManagerName, string>;

function flue({ program, connector, flags }: Tools, command: 'add' | 'update', ...options: readonly string[]): string {
	return `${program} ${shellWords([command, connector, ...options, ...flags])}`;
}

function install({ manager, folder, isMember }: Tools, spec: string): string {
	return shownCommand(fromOutside(installCommand(manager, [spec]), folder, isMember));
}

function installAll({ manager, folder, isMember }: Tools): string {
	return shownCommand(fromOutside(installAllCommand(manager), folder, isMember));
}

function describeCopy({ path, version }: RuntimeCopy): string {
	return `${shownPath(path)} (${version === undefined ? 'unknown version' : safe('version', version)})`;
}

/** The only place where a finding becomes a sentence. */
const SENTENCES: Sentences = {
	'nothing-added': (_, { program, flags }) => ({
		message: 'No connector was added to this project.',
		command: `${program} ${shellWords(['add', ...flags])}`,
	}),
	'file-missing': ({ path }, tools) => ({
		message: `There is no connector: it belongs in ${path}.`,
		command: flue(tools, 'add', '--write'),
	}),
	'file-edited': ({ path }, tools) => ({
		message: `${path} has edits of yours, which stay in every update.`,
		command: flue(tools, 'add', '--diff'),
	}),
	'file-of-flue': ({ path }, tools) => ({
		message: `${path} was written by Flue's own guide, so that flue update cannot keep it up to date. This shows how it differs:`,
		command: flue(tools, 'update', '--diff'),
	}),
	'file-of-others': ({ path }, tools) => ({
		message: `${path} was not written by this tool, so that flue update cannot keep it up to date. This shows how it differs:`,
		command: flue(tools, 'update', '--diff'),
	}),
	'imports-break': ({ sentence }) => ({ message: sentence, command: undefined }),
	'merge-unfinished': ({ path }) => ({
		message: `${path} still holds both sides of a merge: choose in the lines that are marked with <<<<<<< and >>>>>>>.`,
		command: undefined,
	}),
	'code-broken': ({ path, line }) => ({
		message: `${path} cannot be read as TypeScript: what begins in line ${line} has no end, or no beginning.`,
		command: undefined,
	}),
	'export-missing': ({ path, name }, tools) => ({
		message: `${path} exports nothing: agents import ${name} from it. It is empty, or a part of it is missing.`,
		command: flue(tools, 'update', '--diff'),
	}),
	'export-renamed': ({ path, name, exports }) => ({
		message: `${path} does not export ${name}, but ${shownPath(exports.join(', '))}: the examples and instructions import ${name}.`,
		command: undefined,
	}),
	'contract-missing': ({ path }, tools) => ({
		message: `${path} has neither createSandbox() nor createSessionEnv(): Flue can make no sandbox with it.`,
		command: flue(tools, 'add', '--diff'),
	}),
	'declared-twice': ({ path, names }, tools) => ({
		message: `${path} declares ${names.slice(0, 3).join(', ')} more than once, as when both sides of a merge were kept: it cannot be loaded.`,
		command: flue(tools, 'add', '--diff'),
	}),
	'definition-missing': ({ path, names }, tools) => ({
		message: `${path} uses ${names.join(', ')}, which it does not declare: a part of it is missing.`,
		command: flue(tools, 'add', '--diff'),
	}),
	'template-newer': ({ path, version }, { connector, flags }) => ({
		message: `${path} is from template ${version}: a newer version of this tool wrote it.`,
		command: `npx ${shellWords(['flue-connectors@latest', 'check', connector, ...flags])}`,
	}),
	'contract-mismatch': ({ path, madeFor, runtime, contract }, tools) => ({
		message: `${path} is made for @flue/runtime ${CONTRACT_RANGES[madeFor]}, and this project has ${runtime}: ${CONSEQUENCES[madeFor][contract]}.`,
		command: flue(tools, 'update', '--write'),
	}),
	'deadline-lost': ({ path, runtime }, tools) => ({
		message: `${path} reads deadlines in seconds, as timeout: @flue/runtime ${runtime} gives them in milliseconds, as timeoutMs, so every deadline is lost.`,
		command: flue(tools, 'add', '--diff'),
	}),
	'class-missing': ({ path, name, runtime }, tools) => ({
		message: `${path} imports ${name}, which @flue/runtime ${runtime} does not have: it cannot be loaded.`,
		command: flue(tools, 'update', '--write'),
	}),
	'profile-differs': ({ path, madeFor, runtime }, tools) => ({
		message: `${path} was made for @flue/runtime ${madeFor} and works with ${runtime} too; an update makes it for that.`,
		command: flue(tools, 'update', '--write'),
	}),
	'marker-differs': ({ path, claimed, contract }, tools) => ({
		message: `The first lines of ${path} say that it was made for @flue/runtime ${claimed}, and its code is for ${CONTRACT_RANGES[contract]}: the code counts. An update mends the line.`,
		command: flue(tools, 'update', '--write'),
	}),
	'example-outdated': ({ path, runtime, moved }, tools) => ({
		message:
			`${path} is an example for another @flue/runtime than ${runtime}, and has no edits of yours.` +
			(moved === undefined ? '' : ' This runtime looks for it in another folder: delete the file, and add it anew.'),
		command: moved === undefined ? flue(tools, 'update', '--write') : flue(tools, 'add', '--example', moved, '--write'),
	}),
	'runtime-missing': (_, tools) => ({
		message: 'There is no @flue/runtime in this project, so that nothing tells what the connector has to fit.',
		command: install(tools, '@flue/runtime'),
	}),
	'node-unfit': ({ sentence }) => ({ message: sentence, command: undefined }),
	'runtime-copies': ({ copies }, tools) => ({
		message:
			`There is more than one @flue/runtime: ${copies.map(describeCopy).join(', ')}. flue run needs a single one: ` +
			`put ${OVERRIDES[tools.manager.name]}, then install again.`,
		command: installAll(tools),
	}),
	'package-undeclared': ({ name, spec }, tools) => ({
		message: `The connector imports ${name}, which package.json does not declare.`,
		command: install(tools, spec),
	}),
	'package-missing': ({ name }, tools) => ({
		message: `${name} is declared and not installed.`,
		command: installAll(tools),
	}),
	'package-too-old': ({ name, found, oldest, spec }, tools) => ({
		message: `${name} ${safe('specifier', found)} is too old for the connector, which needs ${oldest} or later.`,
		command: install(tools, spec),
	}),
	'package-differs': ({ name, declared, version }, tools) => ({
		message: `${name} ${safe('version', version)} is installed, and package.json asks for ${safe('specifier', declared)}: the next install brings another one.`,
		command: installAll(tools),
	}),
	'package-newer': ({ name, version, tested }) => ({
		message: `${name} ${safe('version', version)} is newer than the versions the connector was tested with (${tested}).`,
		command: undefined,
	}),
	'key-missing': ({ name, description, place, others }) => ({
		message: [
			`${name} (${description}) is neither in the environment nor in an env file of this package. Set it ${place}.`,
			...others,
		].join(' '),
		command: undefined,
	}),
	'class-not-migrated': ({ path, classes, where, lines }) => ({
		message:
			`${classes.map(({ name, from }) => `${name} (${shownPath(from)})`).join(', ')} ${classes.length === 1 ? 'is' : 'are'} ` +
			`not declared in ${path}, so that workerd answers with 500. Add there, ${where}:${lines.replaceAll(/^/gm, '\n    ')}`,
		command: undefined,
	}),
	'key-hidden': ({ name, path }) => ({
		message: `${name} is set to nothing in the environment, which hides the one in ${path}: unset it.`,
		command: undefined,
	}),
	'key-behind-mark': ({ name, path }) => ({
		message: `${path} begins with a byte order mark, so that nobody finds ${name} in it: save the file as UTF-8 without one.`,
		command: undefined,
	}),
	'key-file-unread': ({ name, path, reader }) => ({
		message: `${name} is only in ${path}, which ${reader} does not read in this project: put it into ${reader === 'wrangler' ? '.dev.vars' : '.env'}.`,
		command: undefined,
	}),
	'live-skipped': ({ why }) => ({
		message: `Nothing was run on a sandbox: ${why === 'errors' ? 'mend the errors first' : 'you answered no'}.`,
		command: undefined,
	}),
	'live-failed': ({ title, reason, meaning }) => ({
		message: `It could not ${title}: ${reason}.${meaning === undefined ? '' : ` ${meaning}`}`,
		command: undefined,
	}),
	'live-broken': ({ reason }) => ({
		message: `The run on a sandbox did not come to its end: ${reason}.`,
		command: undefined,
	}),
	'live-sandbox-left': ({ name }) => ({
		message: `The sandbox ${name} could not be deleted: it stops after one minute, and is then deleted by Daytona. See that in the dashboard.`,
		command: undefined,
	}),
	'key-file-not-ignored': ({ path }, { folder }) => ({
		message: `${path} is to hold a key, and git does not ignore it: add it to .gitignore.`,
		command: appendLine(!folder ? '.gitignore' : `${folder}/.gitignore`, path),
	}),
};

export const FINDING_CODES = Object.keys(SENTENCES);

export function findingMessage({ code, args }: Finding, tools: Tools): FindingMessage {
	// The code decides which arguments there are; TypeScript does not follow the two through a lookup.
	const sentence = SENTENCES[code] as (args: Finding['args'], tools: Tools) => FindingMessage;
	return sentence(args, tools);
}
