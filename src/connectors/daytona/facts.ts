import type { Connector } from '../connector.ts';

export const daytona = {
	name: 'daytona',
	title: 'Daytona',
	kind: 'sandbox',
	summary: 'Full Linux sandboxes with a persistent file system, git, Node.js and Python',
	website: 'https://www.daytona.io/docs',
	aliases: ['@daytona/sdk', '@daytonaio/sdk'],
	packages: [
		{
			name: '@daytona/sdk',
			oldest: '0.187.0',
			before: '1.0.0',
			tested: '^0.216.0',
			formerName: '@daytonaio/sdk',
		},
	],
	examples: ['basic', 'coding-agent', 'image'],
	examplePackages: [
		// Flue itself brings version 1.
		{ name: 'valibot', oldest: '1.0.0', before: '2.0.0', tested: '^1.1.0', formerName: undefined, onlyInExample: true },
	],
	env: [
		{
			name: 'DAYTONA_API_KEY',
			description: 'API key from the Daytona dashboard',
			page: 'https://app.daytona.io/dashboard/keys',
			required: true,
		},
		{ name: 'DAYTONA_API_URL', description: 'Custom Daytona endpoint', required: false },
		{ name: 'DAYTONA_TARGET', description: 'Daytona region', required: false },
	],
} as const satisfies Omit<Connector, 'load'>;
