import type { Connector } from './connector.ts';
import { daytona } from './daytona/daytona.ts';

export const CONNECTORS: readonly Connector[] = [daytona];
