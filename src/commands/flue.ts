import { CONNECTOR_NAMES, meansConnector } from '../connectors/index.ts';
import { nameHint } from '../lib/did-you-mean.ts';
import { UsageError } from '../lib/errors.ts';
import { quoted } from '../lib/sanitize.ts';

/** What only Flue's own program does: the commands of @flue/cli 0.8.1 to 2.0.3, but for `add` and `update`. */
export const FLUE_COMMANDS = ['dev', 'run', 'build', 'init', 'connect', 'logs', 'docs'] as const;

/** Flue has these too, for more than we know. */
const SHARED_COMMANDS = ['add', 'update'];

const OUR_COMMANDS = [...SHARED_COMMANDS, 'check', 'help'];

/** The options of ours that take the next word with them. */
export const VALUE_OPTIONS = [
	'-C',
	'--cwd',
	'--path',
	'--runtime',
	'--package-manager',
	'--example',
	'--agent',
	'--output',
];

/** Before the command `-C` is for a command of Flue's, which takes none behind it; with one of ours it stands where ours have it. */
export function splitFolder(argv: readonly string[]): {
	readonly folder: string | undefined;
	readonly argv: readonly string[];
} {
	const [option = '', folder, ...rest] = argv;
	if ((option !== '-C' && option !== '--cwd') || folder === undefined || rest.length === 0)
		return { folder: undefined, argv };
	return { folder, argv: rest };
}

/** What is to be added or updated: the words that are neither options nor their values. */
function namedThing([command = '', ...rest]: readonly string[]): readonly string[] {
	if (!SHARED_COMMANDS.includes(command)) return [];
	return rest.filter((word, index) => !word.startsWith('-') && !VALUE_OPTIONS.includes(rest[index - 1] ?? ''));
}

export function commandOwner(argv: readonly string[]): 'us' | 'flue' | 'nobody' {
	const [command = ''] = argv;
	if (command === '' || command.startsWith('-')) return 'us';
	if (FLUE_COMMANDS.some((name) => name === command)) return 'flue';
	const thing = namedThing(argv);
	if (thing.length > 0 && !meansConnector(thing)) return 'flue';
	return OUR_COMMANDS.includes(command) ? 'us' : 'nobody';
}

export function unknownCommand([command = '']: readonly string[]): UsageError {
	const hint = nameHint(command, [...OUR_COMMANDS, ...FLUE_COMMANDS], 'See flue --help.');
	return new UsageError(`Unknown command ${quoted(command)}.`, hint);
}

/** `remedy` says how Flue's own program is installed. */
export function flueIsMissing(argv: readonly string[], remedy: string): UsageError {
	const thing = namedThing(argv);
	if (thing.length === 0) {
		return new UsageError(
			`${quoted(argv[0] ?? '')} is a command of @flue/cli, and this project does not have it.`,
			remedy,
		);
	}
	return new UsageError(
		`Unknown connector ${quoted(thing.join(' '))}. Available: ${CONNECTOR_NAMES.join(', ')}. Flue's own CLI may have it.`,
		remedy,
	);
}
