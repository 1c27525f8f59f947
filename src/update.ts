import { type AddOptions, carryOut, type Undertaking, type World } from './add.ts';
import type { Connector } from './connectors/connector.ts';
import { CONNECTORS } from './connectors/index.ts';
import { UsageError } from './errors.ts';
import { findConnector } from './find-connector.ts';
import type { Result } from './outcome.ts';
import type { Project } from './project.ts';
import { shellWords } from './shell-words.ts';
import { inspectProject } from './system/inspect-project.ts';
import { printable } from './untrusted.ts';
import { renderUpdateInstructions } from './update-instructions.ts';
import { findUpdates } from './updates.ts';

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

const UPDATE: Undertaking = {
	verb: 'update',
	checkProject,
	findChanges: findUpdates,
	renderInstructions: renderUpdateInstructions,
};

async function isAdded(connector: Connector, { cwd, path, runtime }: AddOptions, world: World): Promise<boolean> {
	const options = { cwd: cwd ?? world.cwd, connector: connector.name, packages: [], path, runtime };
	return (await inspectProject(options)).existingConnector !== undefined;
}

/** The connector that was added, if it is the only one. */
async function findAdded(options: AddOptions, world: World, connectors: readonly Connector[]): Promise<Connector> {
	const answers = await Promise.all(connectors.map((connector) => isAdded(connector, options, world)));
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
	world: World,
	connectors: readonly Connector[] = CONNECTORS,
): Promise<Result> {
	const isNamed = options.words.length > 0;
	const connector = isNamed ? findConnector(options.words, connectors) : await findAdded(options, world, connectors);
	return carryOut(UPDATE, connector, options, world);
}
