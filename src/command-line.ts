import { Command, CommanderError } from 'commander';
import { version } from '../package.json';
import { FLUE_COMMANDS } from './commands/flue.ts';
import type { AddOptions, LiveFlags } from './commands/options.ts';
import { CODING_AGENT_NAMES, headlessLine } from './ecosystem/coding-agents.ts';
import { printable } from './lib/sanitize.ts';
import { LINE_WIDTH } from './lib/text.ts';
import type { Outcome } from './output/outcome.ts';

export type CommandName = 'add' | 'update' | 'check';

/** As they were typed; what was not is absent. */
export type Flags = Partial<AddOptions & LiveFlags>;

interface TypedCommand {
	readonly command: CommandName;
	readonly words: readonly string[];
	readonly flags: Flags;
}

function createProgram(
	isNarrow: () => boolean,
	show: (text: string) => void,
	run: (typed: TypedCommand) => void,
): Command {
	const program = new Command('flue')
		.description('Adds a sandbox connector to a Flue project.')
		.version(version)
		.addHelpText('before', EXAMPLES.flue)
		.addHelpText('after', FOREIGN_COMMANDS)
		.exitOverride()
		.configureOutput({
			writeOut: show,
			writeErr: show,
			outputError: () => {},
			getOutHelpWidth: () => (isNarrow() ? Infinity : LINE_WIDTH),
			getErrHelpWidth: () => (isNarrow() ? Infinity : LINE_WIDTH),
		});
	const addCommand = program
		.command('add')
		// Indented further, a line is not broken but left to the terminal, and can be copied.
		.addHelpText('before', () => (isNarrow() ? EXAMPLES.add.replace(HEADLESS_LINES, indented) : EXAMPLES.add))
		.summary('add a connector to this project')
		.description('Adds a connector: prints instructions for a coding agent, or writes it.')
		.argument('[connector...]', 'what to add; without it, they are listed')
		.option('--example <name>', 'also write an agent that uses it: basic, coding-agent or image')
		.option('--print-file', 'print the file of the connector, and nothing else');
	withModes(addCommand).action((words, flags) => run({ command: 'add', words, flags }));
	const updateCommand = program
		.command('update')
		.addHelpText('before', EXAMPLES.update)
		.summary('bring it up to date with the runtime')
		.description("Brings a connector up to date with the project's runtime, and keeps local edits.")
		.argument('[connector...]', 'what to update; without it, the one that was added');
	withModes(updateCommand).action((words, flags) => run({ command: 'update', words, flags }));
	program
		.command('check')
		.addHelpText('before', EXAMPLES.check)
		.summary('is what was added still right?')
		.description('Looks at what was added, changes nothing, and ends with 5 when something is wrong.')
		.argument('[connector...]', 'what to check; without it, all that was added')
		.option('--live', 'also run it on a real sandbox, which is deleted afterwards')
		.option('-y, --yes', 'create the sandbox without asking')
		.option('--snapshot <name>', 'make the sandbox from this snapshot')
		.option('--image <name>', 'make the sandbox from this image')
		.option('--json', 'print the findings as one JSON object')
		.option('-C, --cwd <dir>', 'run as if started in this folder')
		.option('--path <file>', 'where the connector is')
		.action((words, flags) => run({ command: 'check', words, flags }));
	return program;
}

/** The modes and options that `add` and `update` share. */
function withModes(command: Command): Command {
	return command
		.option('--print', 'print the instructions on stdout')
		.option('--write', 'write the files and install the package')
		.option('-y, --yes', 'ask nothing; alone it means --write')
		.option('--agent <name>', 'start it at this terminal on the instructions')
		.option('--dry-run', 'say what a write would change, and change nothing')
		.option('--diff', 'print what a write would change as a patch')
		.option('--output <file>', 'put what --print or --diff prints into a file')
		.option('--json', 'print the result as one JSON object')
		.option('-C, --cwd <dir>', 'run as if started in this folder')
		.option('--path <file>', 'where the connector goes')
		.option('--runtime <version>', 'the @flue/runtime version to write for')
		.option('--package-manager <name>', 'npm, pnpm, yarn or bun')
		.option('--no-install', 'leave the package to the user')
		.option('--force', 'replace a file that has local edits; the old one is kept');
}

/** commander says "error: unknown option '--wirte'" and, on a line of its own, "(Did you mean --write?)". */
function usageOf({ message }: CommanderError): Outcome {
	const [sentence = '', hint] = message
		.replace(/^error: /, '')
		.split('\n')
		.map(printable);
	const upper = sentence.charAt(0).toUpperCase() + sentence.slice(1);
	return { status: 'usage', message: `${upper}.`, hint: hint?.replace(/^\((.*)\)$/, '$1') ?? 'See flue --help.' };
}

function noCommand(help: string): Outcome {
	return { status: 'usage', message: 'Name a command.', hint: help.trimEnd() };
}

/**
 * What was typed, or how it ends where there is nothing to run: with help, the version, or a mistake.
 * The help of a narrow terminal has each option on one line, to be broken later: commander leaves narrow columns as they are.
 */
export function parseCommandLine(
	argv: readonly string[],
	isNarrow: () => boolean,
): TypedCommand | { readonly outcome: Outcome } {
	let shown = '';
	let typed: TypedCommand | undefined;
	try {
		createProgram(
			isNarrow,
			(text) => (shown += text),
			(command) => (typed = command),
		).parse(argv, { from: 'user' });
		return typed ?? { outcome: noCommand(shown) };
	} catch (error) {
		if (!(error instanceof CommanderError)) throw error;
		if (error.exitCode === 0) return { outcome: { status: 'shown', text: shown } };
		return { outcome: error.code === 'commander.help' ? noCommand(shown) : usageOf(error) };
	}
}

function indented(text: string): string {
	return text.replaceAll(/^(?=.)/gm, '  ');
}

/** For a shell, in lines that fit the help. */
const HEADLESS_LINES = indented(
	CODING_AGENT_NAMES.map((name) =>
		headlessLine(name, {
			print: 'flue add daytona',
			write: 'flue add daytona --write --yes',
			caches: ['~/.npm'],
			isInGit: true,
		}).replace(' -c ', ' \\\n  -c '),
	).join('\n'),
);

/** What the help of each command begins with; a reader looks for an example first. */
export const EXAMPLES = {
	flue: `Examples:
  flue add daytona                     ask what to do; in a pipe, print
  flue add daytona --agent claude      start a coding agent on it
  flue add daytona | claude            pipe the instructions to one
  flue add daytona --write             write the connector, install its SDK
  flue add daytona --write --yes       the same in CI, without a question
  flue check                           is what was added still right?
  flue update                          bring it up to date, keeping edits
`,
	add: `Examples:
  flue add                             list the connectors
  flue add daytona                     ask what to do; in a pipe, print
  flue add daytona --agent claude      start a coding agent on it
  flue add daytona --dry-run           say what a write would change
  flue add daytona --write             write the connector, install its SDK
  flue add daytona --write --yes       the same in CI, without a question
  flue add daytona --write --example basic     with an agent that uses it

At a terminal, --agent starts one of these, which keeps its keyboard:
  ${CODING_AGENT_NAMES.slice(0, -1).join(', ')} or ${CODING_AGENT_NAMES.at(-1)}.
"flue add daytona | claude" works at a terminal too.

Without a terminal, with what each agent needs to be allowed to write:
${HEADLESS_LINES}
Codex needs --skip-git-repo-check as well outside of git, and the folders of
another package manager in place of ~/.npm. The line of cursor-agent is from
its documentation.
`,
	update: `Examples:
  flue update                          ask what to do; in a pipe, print
  flue update daytona --diff           print what would change as a patch
  flue update daytona --write --yes    merge, keeping edits, without a question
`,
	check: `Examples:
  flue check                           look at all that was added
  flue check daytona --json            the findings as one JSON object
  flue check daytona --live            run it on a real sandbox
`,
} as const;

/** What the help ends with. */
const FOREIGN_COMMANDS = `
Flue's own commands (${FLUE_COMMANDS.join(', ')}), and "add"
and "update" of what only Flue knows, are handed to the @flue/cli that the
project has installed.
`;
