import type { Connector } from '../connectors/connector.ts';
import { declarationOf, undeclaredClasses } from '../plan/manual-steps.ts';
import { authorOf, type Originals, untouchedOriginal } from '../plan/marker.ts';
import { describeUnfitNode, type Project } from '../project/project.ts';
import { codeFindings, isOurs, readFile, runtimeFindings, stateFindings, templateFindings } from './file-findings.ts';
import type { Evidence, FileState, Finding } from './findings.ts';
import { keyFindings } from './key-findings.ts';
import { packageFindings } from './package-findings.ts';

/** `content` is what is in the connector's file. */
export function fileState(content: string | undefined, connector: Connector, originals: Originals): FileState {
	if (content === undefined) return 'missing';
	const author = authorOf(content, connector.name);
	return author === 'edited' && untouchedOriginal(content, originals) !== undefined ? 'untouched' : author;
}

/** One that only the project's own code uses is no fault; `flue run` with another runtime than the agents' is. */
function copyFindings({ copies }: Evidence): Finding[] {
	if (copies.length < 2) return [];
	const severity = copies.findIndex(({ isUsedByCli }) => isUsedByCli) > 0 ? 'error' : 'note';
	return [{ code: 'runtime-copies', severity, args: { copies } }];
}

/** A note: the Node.js that runs the project may be another one than this. */
function nodeFindings(project: Project): Finding[] {
	const sentence = describeUnfitNode(project);
	return sentence === undefined ? [] : [{ code: 'node-unfit', severity: 'note', args: { sentence } }];
}

function exampleFindings({ examples, project }: Evidence): Finding[] {
	const { version: runtime } = project.runtime;
	if (runtime === undefined) return [];
	const outdated = examples.filter(({ isRight }) => !isRight);
	return outdated.map(({ path, name, isInPlace }): Finding => {
		const moved = isInPlace ? undefined : name;
		return { code: 'example-outdated', severity: 'error', args: { path, runtime, moved } };
	});
}

/** Where the project names Node as well, that may be the only target that is used. */
function classFindings(project: Project): Finding[] {
	const classes = undeclaredClasses(project);
	const step = declarationOf(
		classes.map(({ name }) => name),
		project,
	);
	if (classes.length === 0 || step === undefined) return [];
	const severity = project.targets.some(({ value }) => value === 'node') ? 'note' : 'error';
	const { path, where, lines } = step;
	return [{ code: 'class-not-migrated', severity, args: { path, classes, where, lines } }];
}

/** Whether what was added is still right; empty when there is nothing to say. */
export function findFindings(evidence: Evidence): Finding[] {
	const { connector, project, content, state, originals, broken, env } = evidence;
	const path = project.connectorPath.value;
	if (content === undefined) return [{ code: 'file-missing', severity: 'error', args: { path } }];
	const file = readFile(path, content, state, originals);
	const { version, profile } = project.runtime;
	return [
		...stateFindings(file),
		...(broken === undefined ? [] : [{ code: 'imports-break', severity: 'note', args: { sentence: broken } } as const]),
		...codeFindings(file, connector.name),
		...templateFindings(file),
		...(version === undefined ? [] : runtimeFindings(file, profile, version)),
		...exampleFindings(evidence),
		...packageFindings(file, evidence),
		...nodeFindings(project),
		...copyFindings(evidence),
		...classFindings(project),
		...keyFindings(connector.env, project, env, isOurs(file)),
	];
}
