import { renderConnectorFile } from '../../src/connectors/daytona/daytona.ts';
import { RUNTIME_PROFILES, type RuntimeProfile } from '../../src/ecosystem/flue-runtimes.ts';
import { withMarker } from '../../src/plan/marker.ts';
import { type Files, temporaryFolder } from './temporary-folder.ts';

export const CONNECTOR = '.flue/connectors/daytona.ts';

export type Since = (typeof RUNTIME_PROFILES)[number]['since'];

export function profileSince(since: Since): RuntimeProfile {
	const profile = RUNTIME_PROFILES.find((row) => row.since === since);
	if (profile === undefined) throw new Error(`There is no profile ${since}.`);
	return profile;
}

/** The file as `flue add` writes it for a runtime with this profile. */
export function connectorFile(since: Since, templateVersion = 1): string {
	const file = withMarker(renderConnectorFile(profileSince(since)), { connector: 'daytona', profile: since });
	return file.replace('daytona@1', `daytona@${templateVersion}`);
}

export const OWN_METHOD = `				async readFile(path) {
					return (await fileOperations(sandbox).readFile(path)).trimEnd();
				},
`;

/** With a method of the user's in the object that the contract is about. */
export function withMethod(file: string): string {
	const edited = file.replace(
		/(?=\t\t\t\};\n\t\t\treturn (?:createSandboxSessionEnv|sandboxFromDriver)\()/,
		OWN_METHOD,
	);
	if (edited === file) throw new Error('The template has no place for the method.');
	return edited;
}

/** What a package manager leaves in node_modules, as far as anybody looks. */
export function installed(packages: Readonly<Record<string, string>>, folder = ''): Files {
	const entries = Object.entries(packages);
	return Object.fromEntries(
		entries.map(([name, version]) => [`${folder}node_modules/${name}/package.json`, { name, version }]),
	);
}

/** A project in which everything is right: connector, runtime and SDK fit, and the key is in an env file that git ignores. */
export function addedFiles(runtime: string, content: string, sdk = '0.216.0'): Files {
	return {
		'package.json': {
			name: 'bot',
			type: 'module',
			dependencies: { '@flue/runtime': runtime, '@daytona/sdk': `^${sdk}` },
		},
		'package-lock.json': { name: 'bot', lockfileVersion: 3, packages: {} },
		'.git/HEAD': '',
		'.gitignore': 'node_modules\n.env\n',
		'.env': 'DAYTONA_API_KEY=not-to-be-read\n',
		[CONNECTOR]: content,
		...installed({ '@flue/runtime': runtime, '@daytona/sdk': sdk }),
	};
}

export function addedProject(runtime: string, content: string, others: Files = {}): string {
	return temporaryFolder({ ...addedFiles(runtime, content), ...others });
}
