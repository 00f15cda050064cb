// Generated from ReviewGate by scripts/generate-abi.ts. Do not edit.
/** ABI of the ReviewGate contract. */
export const reviewGateAbi = [
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "manager",
        "type": "address"
      },
      {
        "internalType": "contract IModelRegistry",
        "name": "models",
        "type": "address"
      },
      {
        "internalType": "contract IComplianceLens",
        "name": "lens",
        "type": "address"
      },
      {
        "internalType": "contract ILineageClaims",
        "name": "claims",
        "type": "address"
      },
      {
        "internalType": "uint40",
        "name": "margin_",
        "type": "uint40"
      },
      {
        "internalType": "uint48",
        "name": "minBlocks_",
        "type": "uint48"
      }
    ],
    "stateMutability": "nonpayable",
    "type": "constructor"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "authority",
        "type": "address"
      }
    ],
    "name": "AccessManagedInvalidAuthority",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "caller",
        "type": "address"
      },
      {
        "internalType": "uint32",
        "name": "delay",
        "type": "uint32"
      }
    ],
    "name": "AccessManagedRequiredDelay",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "caller",
        "type": "address"
      }
    ],
    "name": "AccessManagedUnauthorized",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "InvalidShortString",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "bytes32",
        "name": "subject",
        "type": "bytes32"
      },
      {
        "internalType": "uint256",
        "name": "count",
        "type": "uint256"
      }
    ],
    "name": "ReviewGateClaimsOpen",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "bytes32",
        "name": "subject",
        "type": "bytes32"
      },
      {
        "internalType": "uint40",
        "name": "readyAt",
        "type": "uint40"
      },
      {
        "internalType": "uint48",
        "name": "readyBlock",
        "type": "uint48"
      }
    ],
    "name": "ReviewGateClockRunning",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint40",
        "name": "until",
        "type": "uint40"
      }
    ],
    "name": "ReviewGateExpired",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "scanner",
        "type": "address"
      }
    ],
    "name": "ReviewGateInvalidSignature",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint32",
        "name": "uses",
        "type": "uint32"
      }
    ],
    "name": "ReviewGateInvalidUses",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "ModelId",
        "name": "model",
        "type": "bytes32"
      },
      {
        "internalType": "uint32",
        "name": "uses",
        "type": "uint32"
      },
      {
        "internalType": "enum Verdict",
        "name": "verdict",
        "type": "uint8"
      }
    ],
    "name": "ReviewGateLicenseWithheld",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "ReviewGateMissingVerdict",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "ReviewGateMissingWeights",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "bytes32",
        "name": "subject",
        "type": "bytes32"
      }
    ],
    "name": "ReviewGateNotCertified",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "bytes32",
        "name": "subject",
        "type": "bytes32"
      },
      {
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "ReviewGateNotCertifier",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "ReviewGateNotScanner",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "bytes32",
        "name": "subject",
        "type": "bytes32"
      }
    ],
    "name": "ReviewGateNothingFailed",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint40",
        "name": "period",
        "type": "uint40"
      },
      {
        "internalType": "uint40",
        "name": "least",
        "type": "uint40"
      },
      {
        "internalType": "uint40",
        "name": "most",
        "type": "uint40"
      }
    ],
    "name": "ReviewGatePeriodOutOfRange",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "bytes32",
        "name": "subject",
        "type": "bytes32"
      },
      {
        "internalType": "uint256",
        "name": "passed",
        "type": "uint256"
      },
      {
        "internalType": "uint8",
        "name": "quorum",
        "type": "uint8"
      }
    ],
    "name": "ReviewGateQuorumMissing",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint8",
        "name": "quorum",
        "type": "uint8"
      },
      {
        "internalType": "uint8",
        "name": "most",
        "type": "uint8"
      }
    ],
    "name": "ReviewGateQuorumOutOfRange",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "bytes32",
        "name": "subject",
        "type": "bytes32"
      },
      {
        "internalType": "uint256",
        "name": "failed",
        "type": "uint256"
      }
    ],
    "name": "ReviewGateScanFailed",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint40",
        "name": "scannedAt",
        "type": "uint40"
      },
      {
        "internalType": "uint40",
        "name": "last",
        "type": "uint40"
      }
    ],
    "name": "ReviewGateScanOutOfOrder",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint48",
        "name": "deadline",
        "type": "uint48"
      }
    ],
    "name": "ReviewGateSignatureExpired",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint256",
        "name": "length",
        "type": "uint256"
      }
    ],
    "name": "ReviewGateTextTooLong",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "bytes32",
        "name": "weights",
        "type": "bytes32"
      }
    ],
    "name": "ReviewGateTooManyScanners",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "bytes32",
        "name": "subject",
        "type": "bytes32"
      },
      {
        "internalType": "enum ReviewState",
        "name": "state",
        "type": "uint8"
      }
    ],
    "name": "ReviewGateUnexpectedState",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "ModelId",
        "name": "model",
        "type": "bytes32"
      }
    ],
    "name": "ReviewGateUnknownModel",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "bytes32",
        "name": "subject",
        "type": "bytes32"
      }
    ],
    "name": "ReviewGateUnknownReview",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "string",
        "name": "str",
        "type": "string"
      }
    ],
    "name": "StringTooLong",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "WritePauseNotPaused",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint40",
        "name": "until",
        "type": "uint40"
      }
    ],
    "name": "WritePausePaused",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint40",
        "name": "from",
        "type": "uint40"
      }
    ],
    "name": "WritePauseTooSoon",
    "type": "error"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": false,
        "internalType": "address",
        "name": "authority",
        "type": "address"
      }
    ],
    "name": "AuthorityUpdated",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "bytes32",
        "name": "subject",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "account",
        "type": "address"
      },
      {
        "indexed": false,
        "internalType": "string",
        "name": "reason",
        "type": "string"
      }
    ],
    "name": "CertificationWithdrawn",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [],
    "name": "EIP712DomainChanged",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "address",
        "name": "scanner",
        "type": "address"
      },
      {
        "indexed": true,
        "internalType": "bytes32",
        "name": "organization",
        "type": "bytes32"
      }
    ],
    "name": "OrganizationSet",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": false,
        "internalType": "uint8",
        "name": "quorum",
        "type": "uint8"
      }
    ],
    "name": "QuorumSet",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "bytes32",
        "name": "subject",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "account",
        "type": "address"
      },
      {
        "indexed": false,
        "internalType": "uint32",
        "name": "uses",
        "type": "uint32"
      }
    ],
    "name": "ReviewCleared",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": false,
        "internalType": "uint40",
        "name": "period",
        "type": "uint40"
      }
    ],
    "name": "ReviewPeriodSet",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "bytes32",
        "name": "subject",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "ReviewQuarantined",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "bytes32",
        "name": "subject",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "bytes32",
        "name": "weights",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "requester",
        "type": "address"
      },
      {
        "indexed": false,
        "internalType": "bool",
        "name": "ofModel",
        "type": "bool"
      },
      {
        "indexed": false,
        "internalType": "uint40",
        "name": "readyAt",
        "type": "uint40"
      },
      {
        "indexed": false,
        "internalType": "uint48",
        "name": "readyBlock",
        "type": "uint48"
      },
      {
        "indexed": false,
        "internalType": "uint8",
        "name": "quorum",
        "type": "uint8"
      },
      {
        "indexed": false,
        "internalType": "string",
        "name": "uri",
        "type": "string"
      }
    ],
    "name": "ReviewRequested",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "bytes32",
        "name": "weights",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "scanner",
        "type": "address"
      },
      {
        "indexed": true,
        "internalType": "bytes32",
        "name": "report",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "internalType": "bytes32",
        "name": "ruleset",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "internalType": "uint40",
        "name": "scannedAt",
        "type": "uint40"
      },
      {
        "indexed": false,
        "internalType": "enum ScanVerdict",
        "name": "verdict",
        "type": "uint8"
      },
      {
        "indexed": false,
        "internalType": "string",
        "name": "uri",
        "type": "string"
      }
    ],
    "name": "ScanAttested",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "bytes32",
        "name": "subject",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "bytes32",
        "name": "weights",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "certifier",
        "type": "address"
      },
      {
        "indexed": false,
        "internalType": "uint32",
        "name": "uses",
        "type": "uint32"
      },
      {
        "indexed": false,
        "internalType": "uint40",
        "name": "until",
        "type": "uint40"
      }
    ],
    "name": "SubjectCertified",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "bytes32",
        "name": "subject",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "account",
        "type": "address"
      },
      {
        "indexed": false,
        "internalType": "string",
        "name": "reason",
        "type": "string"
      }
    ],
    "name": "SubjectRecalled",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "address",
        "name": "account",
        "type": "address"
      },
      {
        "indexed": false,
        "internalType": "uint40",
        "name": "until",
        "type": "uint40"
      }
    ],
    "name": "WritesPaused",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "WritesResumed",
    "type": "event"
  },
  {
    "inputs": [],
    "name": "AUTHORITY_ROLE",
    "outputs": [
      {
        "internalType": "uint64",
        "name": "",
        "type": "uint64"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "CERTIFIER_ROLE",
    "outputs": [
      {
        "internalType": "uint64",
        "name": "",
        "type": "uint64"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "MAX_PAUSE",
    "outputs": [
      {
        "internalType": "uint40",
        "name": "",
        "type": "uint40"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "MAX_QUORUM",
    "outputs": [
      {
        "internalType": "uint8",
        "name": "",
        "type": "uint8"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "MAX_REVIEW_PERIOD",
    "outputs": [
      {
        "internalType": "uint40",
        "name": "",
        "type": "uint40"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "MIN_REVIEW_PERIOD",
    "outputs": [
      {
        "internalType": "uint40",
        "name": "",
        "type": "uint40"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "SCANNER_ROLE",
    "outputs": [
      {
        "internalType": "uint64",
        "name": "",
        "type": "uint64"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "components": [
          {
            "internalType": "bytes32",
            "name": "weights",
            "type": "bytes32"
          },
          {
            "internalType": "bytes32",
            "name": "ruleset",
            "type": "bytes32"
          },
          {
            "internalType": "bytes32",
            "name": "report",
            "type": "bytes32"
          },
          {
            "internalType": "uint40",
            "name": "scannedAt",
            "type": "uint40"
          },
          {
            "internalType": "enum ScanVerdict",
            "name": "verdict",
            "type": "uint8"
          },
          {
            "internalType": "string",
            "name": "uri",
            "type": "string"
          }
        ],
        "internalType": "struct ScanReport",
        "name": "report",
        "type": "tuple"
      }
    ],
    "name": "attestScan",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "components": [
          {
            "internalType": "bytes32",
            "name": "weights",
            "type": "bytes32"
          },
          {
            "internalType": "bytes32",
            "name": "ruleset",
            "type": "bytes32"
          },
          {
            "internalType": "bytes32",
            "name": "report",
            "type": "bytes32"
          },
          {
            "internalType": "uint40",
            "name": "scannedAt",
            "type": "uint40"
          },
          {
            "internalType": "enum ScanVerdict",
            "name": "verdict",
            "type": "uint8"
          },
          {
            "internalType": "string",
            "name": "uri",
            "type": "string"
          }
        ],
        "internalType": "struct ScanReport",
        "name": "report",
        "type": "tuple"
      },
      {
        "internalType": "address",
        "name": "scanner",
        "type": "address"
      },
      {
        "internalType": "uint48",
        "name": "deadline",
        "type": "uint48"
      },
      {
        "internalType": "bytes",
        "name": "signature",
        "type": "bytes"
      }
    ],
    "name": "attestScanBySignature",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "authority",
    "outputs": [
      {
        "internalType": "address",
        "name": "",
        "type": "address"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "bytes32",
        "name": "subject",
        "type": "bytes32"
      }
    ],
    "name": "certificationOf",
    "outputs": [
      {
        "components": [
          {
            "internalType": "address",
            "name": "certifier",
            "type": "address"
          },
          {
            "internalType": "uint40",
            "name": "until",
            "type": "uint40"
          },
          {
            "internalType": "uint32",
            "name": "uses",
            "type": "uint32"
          }
        ],
        "internalType": "struct Certification",
        "name": "",
        "type": "tuple"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "components": [
          {
            "internalType": "address",
            "name": "publisher",
            "type": "address"
          },
          {
            "internalType": "bytes32",
            "name": "weights",
            "type": "bytes32"
          },
          {
            "internalType": "bytes32",
            "name": "datasets",
            "type": "bytes32"
          },
          {
            "internalType": "bytes32",
            "name": "method",
            "type": "bytes32"
          },
          {
            "internalType": "TermsId",
            "name": "terms",
            "type": "bytes32"
          },
          {
            "components": [
              {
                "internalType": "ModelId",
                "name": "model",
                "type": "bytes32"
              },
              {
                "internalType": "enum Relation",
                "name": "relation",
                "type": "uint8"
              }
            ],
            "internalType": "struct Parent[]",
            "name": "parents",
            "type": "tuple[]"
          },
          {
            "internalType": "string",
            "name": "uri",
            "type": "string"
          }
        ],
        "internalType": "struct Registration",
        "name": "registration",
        "type": "tuple"
      },
      {
        "internalType": "uint32",
        "name": "uses",
        "type": "uint32"
      },
      {
        "internalType": "uint40",
        "name": "until",
        "type": "uint40"
      }
    ],
    "name": "certify",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "bytes32",
        "name": "weights",
        "type": "bytes32"
      },
      {
        "internalType": "uint40",
        "name": "until",
        "type": "uint40"
      }
    ],
    "name": "certifyArtefact",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "bytes32",
        "name": "subject",
        "type": "bytes32"
      },
      {
        "internalType": "uint32",
        "name": "uses",
        "type": "uint32"
      }
    ],
    "name": "clear",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "bytes32",
        "name": "subject",
        "type": "bytes32"
      },
      {
        "internalType": "uint32",
        "name": "uses",
        "type": "uint32"
      }
    ],
    "name": "conditionsOf",
    "outputs": [
      {
        "components": [
          {
            "internalType": "bool",
            "name": "clockRunning",
            "type": "bool"
          },
          {
            "internalType": "uint256",
            "name": "passed",
            "type": "uint256"
          },
          {
            "internalType": "uint256",
            "name": "failed",
            "type": "uint256"
          },
          {
            "internalType": "uint256",
            "name": "acceptedClaims",
            "type": "uint256"
          },
          {
            "internalType": "enum Verdict",
            "name": "license",
            "type": "uint8"
          }
        ],
        "internalType": "struct Conditions",
        "name": "",
        "type": "tuple"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "eip712Domain",
    "outputs": [
      {
        "internalType": "bytes1",
        "name": "fields",
        "type": "bytes1"
      },
      {
        "internalType": "string",
        "name": "name",
        "type": "string"
      },
      {
        "internalType": "string",
        "name": "version",
        "type": "string"
      },
      {
        "internalType": "uint256",
        "name": "chainId",
        "type": "uint256"
      },
      {
        "internalType": "address",
        "name": "verifyingContract",
        "type": "address"
      },
      {
        "internalType": "bytes32",
        "name": "salt",
        "type": "bytes32"
      },
      {
        "internalType": "uint256[]",
        "name": "extensions",
        "type": "uint256[]"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "bytes32",
        "name": "subject",
        "type": "bytes32"
      }
    ],
    "name": "isCertified",
    "outputs": [
      {
        "internalType": "bool",
        "name": "",
        "type": "bool"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "isConsumingScheduledOp",
    "outputs": [
      {
        "internalType": "bytes4",
        "name": "",
        "type": "bytes4"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "ModelId",
        "name": "model",
        "type": "bytes32"
      },
      {
        "internalType": "uint32",
        "name": "uses",
        "type": "uint32"
      }
    ],
    "name": "isLoadable",
    "outputs": [
      {
        "internalType": "bool",
        "name": "",
        "type": "bool"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "bytes32",
        "name": "weights",
        "type": "bytes32"
      }
    ],
    "name": "isLoadableDigest",
    "outputs": [
      {
        "internalType": "bool",
        "name": "",
        "type": "bool"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "margin",
    "outputs": [
      {
        "internalType": "uint40",
        "name": "",
        "type": "uint40"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "minBlocks",
    "outputs": [
      {
        "internalType": "uint48",
        "name": "",
        "type": "uint48"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "scanner",
        "type": "address"
      }
    ],
    "name": "organizationOf",
    "outputs": [
      {
        "internalType": "bytes32",
        "name": "",
        "type": "bytes32"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "pauseWrites",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "pausedUntil",
    "outputs": [
      {
        "internalType": "uint40",
        "name": "",
        "type": "uint40"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "bytes32",
        "name": "subject",
        "type": "bytes32"
      }
    ],
    "name": "quarantine",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "quorum",
    "outputs": [
      {
        "internalType": "uint8",
        "name": "",
        "type": "uint8"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "bytes32",
        "name": "subject",
        "type": "bytes32"
      },
      {
        "internalType": "string",
        "name": "reason",
        "type": "string"
      }
    ],
    "name": "recallSubject",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "bytes32",
        "name": "weights",
        "type": "bytes32"
      },
      {
        "internalType": "string",
        "name": "uri",
        "type": "string"
      }
    ],
    "name": "requestArtefactReview",
    "outputs": [
      {
        "internalType": "uint40",
        "name": "readyAt",
        "type": "uint40"
      }
    ],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "components": [
          {
            "internalType": "address",
            "name": "publisher",
            "type": "address"
          },
          {
            "internalType": "bytes32",
            "name": "weights",
            "type": "bytes32"
          },
          {
            "internalType": "bytes32",
            "name": "datasets",
            "type": "bytes32"
          },
          {
            "internalType": "bytes32",
            "name": "method",
            "type": "bytes32"
          },
          {
            "internalType": "TermsId",
            "name": "terms",
            "type": "bytes32"
          },
          {
            "components": [
              {
                "internalType": "ModelId",
                "name": "model",
                "type": "bytes32"
              },
              {
                "internalType": "enum Relation",
                "name": "relation",
                "type": "uint8"
              }
            ],
            "internalType": "struct Parent[]",
            "name": "parents",
            "type": "tuple[]"
          },
          {
            "internalType": "string",
            "name": "uri",
            "type": "string"
          }
        ],
        "internalType": "struct Registration",
        "name": "registration",
        "type": "tuple"
      },
      {
        "internalType": "string",
        "name": "uri",
        "type": "string"
      }
    ],
    "name": "requestReview",
    "outputs": [
      {
        "internalType": "uint40",
        "name": "readyAt",
        "type": "uint40"
      }
    ],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "resumeWrites",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "bytes32",
        "name": "subject",
        "type": "bytes32"
      }
    ],
    "name": "reviewOf",
    "outputs": [
      {
        "components": [
          {
            "internalType": "bytes32",
            "name": "weights",
            "type": "bytes32"
          },
          {
            "internalType": "uint40",
            "name": "requestedAt",
            "type": "uint40"
          },
          {
            "internalType": "uint40",
            "name": "readyAt",
            "type": "uint40"
          },
          {
            "internalType": "uint48",
            "name": "readyBlock",
            "type": "uint48"
          },
          {
            "internalType": "uint32",
            "name": "uses",
            "type": "uint32"
          },
          {
            "internalType": "uint8",
            "name": "quorum",
            "type": "uint8"
          },
          {
            "internalType": "enum ReviewState",
            "name": "state",
            "type": "uint8"
          },
          {
            "internalType": "bool",
            "name": "ofModel",
            "type": "bool"
          }
        ],
        "internalType": "struct Review",
        "name": "",
        "type": "tuple"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "reviewPeriod",
    "outputs": [
      {
        "internalType": "uint40",
        "name": "",
        "type": "uint40"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "bytes32",
        "name": "weights",
        "type": "bytes32"
      }
    ],
    "name": "scansOf",
    "outputs": [
      {
        "components": [
          {
            "internalType": "address",
            "name": "scanner",
            "type": "address"
          },
          {
            "internalType": "uint40",
            "name": "scannedAt",
            "type": "uint40"
          },
          {
            "internalType": "enum ScanVerdict",
            "name": "verdict",
            "type": "uint8"
          }
        ],
        "internalType": "struct Scan[]",
        "name": "",
        "type": "tuple[]"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "newAuthority",
        "type": "address"
      }
    ],
    "name": "setAuthority",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "scanner",
        "type": "address"
      },
      {
        "internalType": "bytes32",
        "name": "organization",
        "type": "bytes32"
      }
    ],
    "name": "setOrganization",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "uint8",
        "name": "quorum_",
        "type": "uint8"
      }
    ],
    "name": "setQuorum",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "uint40",
        "name": "period",
        "type": "uint40"
      }
    ],
    "name": "setReviewPeriod",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "bytes32",
        "name": "subject",
        "type": "bytes32"
      },
      {
        "internalType": "string",
        "name": "reason",
        "type": "string"
      }
    ],
    "name": "withdrawCertification",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  }
] as const
