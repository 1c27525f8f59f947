import type { Connector } from '../connectors/connector.ts';
import { CONNECTORS, findConnector } from '../connectors/index.ts';
import { UsageError } from '../lib/errors.ts';
import { printable } from '../lib/sanitize.ts';
import { shellWords } from '../lib/shell.ts';
import type { Result } from '../output/outcome.ts';
import { renderUpdateInstructions } from '../output/update-instructions.ts';
import { findUpdates } from '../plan/updates.ts';
import { inspectProject } from '../project/inspect.ts';
import type { Project } from '../project/project.ts';
import type { Context } from '../terminal/context.ts';
import { changeProject, type Operation } from './change-project.ts';
import type { AddOptions } from './options.ts';

function checkProject({ existingConnector, runtime, connectorPath }: Project, { name, title }: Connector): void {
	if (existingConnector === undefined) {
		const where =
			connectorPath.from === '--path'
				? `${connectorPath.value} is not there`
				: `there is no ${title} connector in this project`;
		throw new UsageError(
			`Nothing to update: ${where}.`,
			`Add it with ${shellWords(['flue', 'add', name])}, or name its file with --path.`,
		);
	}
	if (runtime.version === undefined) {
		throw new UsageError(
			'There is no @flue/runtime in this project, so that nothing tells what the connector has to fit.',
			'Install it, or name a version with --runtime, for example --runtime 2.1.0.',
		);
	}
}

const UPDATE: Operation = {
	verb: 'update',
	checkProject,
	findChanges: findUpdates,
	renderInstructions: renderUpdateInstructions,
};

async function isAdded(connector: Connector, { cwd, path, runtime }: AddOptions, context: Context): Promise<boolean> {
	const options = { cwd: cwd ?? context.cwd, connector: connector.name, packages: [], path, runtime };
	return (await inspectProject(options)).existingConnector !== undefined;
}

/** The connector that was added, if it is the only one. */
async function findAdded(options: AddOptions, context: Context, connectors: readonly Connector[]): Promise<Connector> {
	const answers = await Promise.all(connectors.map((connector) => isAdded(connector, options, context)));
	const [only, ...others] = connectors.filter((_, index) => answers[index]);
	if (only !== undefined && others.length === 0) return only;
	if (only === undefined) {
		const reason =
			options.path === undefined ? 'no connector was added to this project' : `${printable(options.path)} is not there`;
		throw new UsageError(`Nothing to update: ${reason}.`, 'Add one with flue add.');
	}
	const names = [only, ...others].map(({ name }) => name).join(', ');
	throw new UsageError(
		`There is more than one connector in this project: ${names}.`,
		`Name one, for example: flue update ${only.name}`,
	);
}

/** `flue update [connector]`: brings the file to the current template and the project's runtime, and keeps edits. Throws a UsageError. */
export async function update(
	options: AddOptions,
	context: Context,
	connectors: readonly Connector[] = CONNECTORS,
): Promise<Result> {
	const isNamed = options.words.length > 0;
	const connector = isNamed ? findConnector(options.words, connectors) : await findAdded(options, context, connectors);
	return changeProject(UPDATE, connector, options, context);
}
