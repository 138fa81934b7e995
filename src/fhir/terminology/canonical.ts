/**
 * Every address this project gives out in FHIR: profiles, extensions, code systems and identifier systems. They
 * are names, not pages; fhir-profiles/sushi-config.yaml holds the same base, and a test keeps the two equal.
 */
export const CANONICAL = 'https://thrombectomy-cds.org/fhir';

const profile = (id: string) => `${CANONICAL}/StructureDefinition/${id}`;
const codeSystem = (id: string) => `${CANONICAL}/CodeSystem/${id}`;
const namingSystem = (id: string) => `${CANONICAL}/sid/${id}`;

export const PROFILES = {
  'ich-present': profile('ich-present-risk-assessment'),
  'ich-after-evt': profile('ich-after-evt-risk-assessment'),
  'poor-collaterals': profile('poor-collaterals-risk-assessment'),
  collateralObservation: profile('collateral-status-observation'),
  networkDevice: profile('network-device'),
  ensembleDevice: profile('ensemble-device'),
  serviceDevice: profile('service-device'),
  provenance: profile('assessment-provenance'),
  modelCard: profile('model-card'),
  auditAnalysis: profile('analysis-audit-event'),
  auditInteraction: profile('interaction-audit-event'),
} as const;

/** What a site enters and the service only reads: the Observation each target is held against. */
export const OUTCOME_PROFILES = {
  'ich-present': profile('hemorrhage-before-thrombectomy'),
  'ich-after-evt': profile('hemorrhage-after-thrombectomy'),
  'poor-collaterals': profile('collateral-grade'),
} as const;

export const EXTENSIONS = {
  evidenceLevel: profile('evidence-level'),
  probabilityInterval: profile('probability-interval'),
  networkOpinion: profile('network-opinion'),
  decisionThreshold: profile('decision-threshold'),
  drivingSlice: profile('driving-slice'),
  withheldReason: profile('withheld-reason'),
  modelDigest: profile('model-digest'),
  inputDigest: profile('input-digest'),
  studyRecord: profile('study-record'),
  supersedes: profile('supersedes'),
} as const;

export const CODE_SYSTEMS = {
  targets: codeSystem('targets'),
  methods: codeSystem('methods'),
  calls: codeSystem('calls'),
  findings: codeSystem('findings'),
  abstentionReasons: codeSystem('abstention-reasons'),
  evidenceLevels: codeSystem('evidence-levels'),
  auditEvents: codeSystem('audit-events'),
  cardTopics: codeSystem('card-topics'),
  cards: codeSystem('cards'),
  outcomes: codeSystem('outcomes'),
} as const;

export const IDENTIFIERS = {
  /** Value: assessment key. Shared by the three RiskAssessments: one search finds them. */
  assessment: namingSystem('assessment'),
  /** Value: key of the study's first assessment, on those made again because images came later (ADR 0007). */
  firstAssessment: namingSystem('first-assessment'),
  /** Value: `<assessment key>.<target>`: one resource each, the condition of its creation. */
  finding: namingSystem('finding'),
  /** Value: SHA-256 of a network's ONNX file. */
  network: namingSystem('network-digest'),
  /** Value: SHA-256 over combination rule, networks and contracts. Also a coding in RiskAssessment.method. */
  ensemble: namingSystem('ensemble-digest'),
  /** Value: `<service name>@<version>`. */
  service: namingSystem('service'),
  /** Value: the network's digest. */
  modelCard: namingSystem('model-card'),
  /** Tag on resources that FHIR R4 gives no identifier: Provenance and AuditEvent. */
  record: namingSystem('record'),
  /** Tag on everything that belongs to an assessment. */
  assessmentTag: namingSystem('assessment'),
} as const;
