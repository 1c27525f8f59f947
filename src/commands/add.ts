import { checkExample, CONNECTOR_NAMES, CONNECTORS, findConnector } from '../connectors/index.ts';
import { listNames } from '../lib/did-you-mean.ts';
import { UsageError } from '../lib/errors.ts';
import { renderInstructions } from '../output/instructions.ts';
import type { Outcome, Result } from '../output/outcome.ts';
import { findChanges } from '../plan/changes.ts';
import type { Context } from '../terminal/context.ts';
import { changeProject } from './change-project.ts';
import type { Operation } from './make-proposal.ts';
import { type AddOptions, modeFlag } from './options.ts';

const ADD: Operation = {
	verb: 'add',
	checkProject: () => undefined,
	findChanges,
	renderInstructions,
};

/** The first flag given of those that are about one connector, as it is typed. */
function planFlag({ path, runtime, packageManager, example, install, force }: AddOptions): string | undefined {
	const given = { '--path': path, '--runtime': runtime, '--package-manager': packageManager, '--example': example };
	const [named] = Object.entries(given).find(([, value]) => value !== undefined) ?? [];
	return named ?? (force ? '--force' : install ? undefined : '--no-install');
}

function listConnectors(options: AddOptions): Outcome {
	const flag = modeFlag(options) ?? planFlag(options);
	if (flag === undefined) return { status: 'listed', connectors: CONNECTORS };
	throw new UsageError(`${flag} needs the name of a connector.`, listNames(CONNECTOR_NAMES));
}

/** `flue add <connector>`. Throws a UsageError. */
export async function add(options: AddOptions, context: Context): Promise<Result> {
	if (options.words.length === 0) return { outcome: listConnectors(options), proposal: undefined };
	const connector = findConnector(options.words);
	checkExample(connector, options.example);
	return changeProject(ADD, connector, options, context);
}
