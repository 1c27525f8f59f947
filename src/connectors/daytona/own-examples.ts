import { posix } from 'node:path';
import { RUNTIME_PROFILES } from '../../ecosystem/flue-runtimes.ts';
import { LONGEST_FILE } from '../../plan/marker.ts';
import { isSameCode } from '../../plan/same-code.ts';
import type { Project } from '../../project/project.ts';
import type { FoundExample } from '../connector.ts';
import { type Example, EXAMPLES } from './examples.ts';
import { sourceDir } from './example-use.ts';

/** How a text imports the connector: the only thing in an example that is the project's own. */
function connectorImportOf(before: string): string | undefined {
	return /from\s+['"](\.{1,2}\/[\w@./-]+)['"]/.exec(before)?.[1];
}

function textsOf(example: Example, connectorImport: string): string[] {
	return RUNTIME_PROFILES.map((profile) => example.content(profile, { connectorImport }));
}

/** What the templates make of each example for each runtime, with the import of the connector that is in this text. */
export function examplesLike(before: string): readonly string[] {
	const connectorImport = connectorImportOf(before);
	return connectorImport === undefined ? [] : EXAMPLES.flatMap((example) => textsOf(example, connectorImport));
}

/** Where Flue looks only into the folder of its agents or workflows, an example in another one is not moved. */
function isInPlace(path: string, example: Example, { runtime }: Project): boolean {
	const { profile } = runtime;
	return (
		profile.agentApi === 'use-agent' || path.endsWith(`/${example.path(profile)}`) || path === example.path(profile)
	);
}

/** The examples of ours without edits that the project has, each as its runtime wants it. */
export function findExamples(project: Project, read: (path: string) => string | undefined): readonly FoundExample[] {
	const { profile } = project.runtime;
	return EXAMPLES.flatMap((example) => {
		const paths = new Set(RUNTIME_PROFILES.map((one) => posix.join(sourceDir(project), example.path(one))));
		return [...paths].flatMap((path) => {
			const before = read(path);
			const connectorImport =
				before === undefined || before.length > LONGEST_FILE ? undefined : connectorImportOf(before);
			if (before === undefined || connectorImport === undefined) return [];
			if (!textsOf(example, connectorImport).some((text) => isSameCode(text, before))) return [];
			const content = example.content(profile, { connectorImport });
			const found = { name: example.name, path, content, isInPlace: isInPlace(path, example, project) };
			return [{ ...found, isRight: found.isInPlace && isSameCode(content, before) }];
		});
	});
}
