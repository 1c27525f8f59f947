import type { Connector } from '../connectors/connector.ts';
import { CONNECTORS, findConnector } from '../connectors/index.ts';
import { UsageError } from '../lib/errors.ts';
import { printable } from '../lib/sanitize.ts';
import { shellWords } from '../lib/shell.ts';
import type { Result } from '../output/outcome.ts';
import { renderUpdateInstructions } from '../output/update-instructions.ts';
import { findUpdates } from '../plan/updates.ts';
import { inspectProject } from '../project/inspect.ts';
import { type Project, SEARCH_CUT_SHORT } from '../project/project.ts';
import type { Context } from '../terminal/context.ts';
import { changeProject } from './change-project.ts';
import type { Operation } from './make-proposal.ts';
import type { AddOptions } from './options.ts';

function checkProject(
	{ existingConnector, runtime, connectorPath, isSearchComplete }: Project,
	{ name, title }: Connector,
): void {
	if (existingConnector === undefined) {
		const where =
			connectorPath.from === '--path'
				? `${connectorPath.value} is not there.`
				: isSearchComplete
					? `there is no ${title} connector in this project.`
					: `no ${title} connector was found. ${SEARCH_CUT_SHORT}`;
		throw new UsageError(
			`Nothing to update: ${where}`,
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

/** The connector that was added, if it is the only one. */
async function findAdded(options: AddOptions, context: Context, connectors: readonly Connector[]): Promise<Connector> {
	const { cwd = context.cwd, path, runtime } = options;
	const projects = await Promise.all(
		connectors.map(({ name }) => inspectProject({ cwd, connector: name, packages: [], path, runtime })),
	);
	const [only, ...others] = connectors.filter((_, index) => projects[index]?.existingConnector !== undefined);
	if (only !== undefined && others.length === 0) return only;
	if (only === undefined) {
		const reason = path === undefined ? 'no connector was added to this project' : `${printable(path)} is not there`;
		if (projects.every(({ isSearchComplete }) => isSearchComplete))
			throw new UsageError(`Nothing to update: ${reason}.`, 'Add one with flue add.');
		throw new UsageError(
			`Nothing to update: no connector was found. ${SEARCH_CUT_SHORT}`,
			'Name its file with --path.',
		);
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
