import { describe, expect, it } from 'vitest';
import { choosePackages, type ConnectorPackage, specOf } from '../../src/plan/packages.ts';

const SDK: ConnectorPackage = {
	name: '@daytona/sdk',
	oldest: '0.187.0',
	before: '1.0.0',
	tested: '^0.216.0',
	formerName: '@daytonaio/sdk',
};

const INSTALL = ['@daytona/sdk@^0.216.0'];

function choose(
	declared: Readonly<Record<string, string>>,
	installed: Readonly<Record<string, string>> = {},
	hasInstall = false,
) {
	const { packages, notes } = choosePackages(
		[SDK],
		new Map(Object.entries(declared)),
		new Map(Object.entries(installed)),
		hasInstall,
	);
	return { specs: packages.map(specOf), notes };
}

describe('the package that a connector needs', () => {
	it('is installed in the tested range where it is missing', () => {
		expect(choose({})).toEqual({ specs: INSTALL, notes: [] });
		expect(choose({}, { '@daytona/sdk': '0.200.0' })).toEqual({ specs: INSTALL, notes: [] });
	});

	it.each([
		'0.187.0',
		'^0.187.0',
		'~0.200.1',
		'^0.216.0',
		'0.216.x',
		'>=0.187.0',
		'>=0.100.0',
		'*',
		'',
		'<1',
		'0.187.0 - 0.216.0',
		'^0.100.0 || ^0.200.0',
	])('is left alone where %j is declared', (range) => {
		expect(choose({ '@daytona/sdk': range })).toEqual({ specs: [], notes: [] });
	});

	it.each(['^0.218.0', '0.217.0', '^1.2.0', '>=2'])(
		'is left alone where it is newer than tested (%j), and that is said',
		(range) => {
			const { specs, notes } = choose({ '@daytona/sdk': range });
			expect(specs).toEqual([]);
			expect(notes).toEqual([
				expect.stringContaining('is newer than the versions the connector was tested with (^0.216.0)'),
			]);
		},
	);

	it.each([
		['^0.216.0', '^0.216.0'],
		['~0.200.1', '~0.200.1'],
		['', '*'],
	])('is installed as declared (%j) where other packages are installed and it is not', (declared, range) => {
		expect(choose({ '@daytona/sdk': declared }, {}, true).specs).toEqual([`@daytona/sdk@${range}`]);
		expect(choose({ '@daytona/sdk': declared }, { '@daytona/sdk': '0.216.0' }, true).specs).toEqual([]);
		expect(choose({ '@daytona/sdk': declared }, {}, false).specs).toEqual([]);
	});

	it.each(['workspace:*', 'catalog:', 'latest', 'file:...'])(
		'is left alone where %s decides its version',
		(declared) => {
			expect(choose({ '@daytona/sdk': declared }, {}, true).specs).toEqual([]);
		},
	);

	it('judges by what is installed, where that is known', () => {
		expect(choose({ '@daytona/sdk': '>=0.187.0' }, { '@daytona/sdk': '0.218.3' }).notes).toEqual([
			'@daytona/sdk 0.218.3 is newer than the versions the connector was tested with (^0.216.0).',
		]);
		expect(choose({ '@daytona/sdk': 'latest' }, { '@daytona/sdk': '0.216.1' })).toEqual({ specs: [], notes: [] });
		expect(choose({ '@daytona/sdk': '*' }, { '@daytona/sdk': '0.167.0' }).specs).toEqual(INSTALL);
	});

	it.each(['^0.167.0', '0.100.0', '<0.187.0', '0.187.0-alpha.1'])(
		'is replaced where %j is too old, and that is said',
		(range) => {
			const { specs, notes } = choose({ '@daytona/sdk': range });
			expect(specs).toEqual(INSTALL);
			expect(notes).toEqual([
				expect.stringContaining('too old for the connector (>=0.187.0 <1.0.0): ^0.216.0 takes its place'),
			]);
		},
	);

	it.each([
		'workspace:*',
		'catalog:',
		'catalog:sdk',
		'latest',
		'file:../sdk',
		'link:../sdk',
		'git+https://example.com/sdk.git',
		'npm:@daytonaio/sdk@^0.218.0',
		'not \u001b[31m a range',
	])('is left alone where its version is decided elsewhere (%j), and the need is said', (range) => {
		expect(choose({ '@daytona/sdk': range })).toEqual({
			specs: [],
			notes: [
				'@daytona/sdk is declared without a version here and was left alone: the connector needs >=0.187.0 <1.0.0.',
			],
		});
	});

	it('is named as too old where only its own declaration can raise it', () => {
		const { specs, notes } = choose({ '@daytona/sdk': 'catalog:' }, { '@daytona/sdk': '0.167.0' });
		expect(specs).toEqual([]);
		expect(notes).toEqual([
			'@daytona/sdk 0.167.0 is too old for the connector (>=0.187.0 <1.0.0): raise it where it is declared.',
		]);
	});

	it('is added beside its older name, and that is said', () => {
		expect(choose({ '@daytonaio/sdk': '^0.218.0' })).toEqual({
			specs: INSTALL,
			notes: ['@daytonaio/sdk is the older name of @daytona/sdk: the new one is added beside it, and both work.'],
		});
		expect(choose({ '@daytonaio/sdk': '^0.218.0', '@daytona/sdk': '^0.216.0' })).toEqual({ specs: [], notes: [] });
	});

	it('is not judged by a version that is none', () => {
		expect(choose({ '@daytona/sdk': '^0.216.0' }, { '@daytona/sdk': 'broken' })).toEqual({ specs: [], notes: [] });
	});
});
