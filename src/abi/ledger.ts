// Generated from Ledger by scripts/generate-abi.ts. Do not edit.
/** ABI of the Ledger contract. */
export const ledgerAbi = [
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "manager",
        "type": "address"
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
        "internalType": "ModelId",
        "name": "model",
        "type": "bytes32"
      },
      {
        "internalType": "TierId",
        "name": "tier",
        "type": "bytes32"
      }
    ],
    "name": "LicenseRegistryAlreadyOffered",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "TermsId",
        "name": "terms",
        "type": "bytes32"
      }
    ],
    "name": "LicenseRegistryAlreadyPublished",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint32",
        "name": "passThrough",
        "type": "uint32"
      },
      {
        "internalType": "uint32",
        "name": "rights",
        "type": "uint32"
      }
    ],
    "name": "LicenseRegistryExcessPassThrough",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint256",
        "name": "index",
        "type": "uint256"
      }
    ],
    "name": "LicenseRegistryIdleThreshold",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "TermsId",
        "name": "weights",
        "type": "bytes32"
      },
      {
        "internalType": "TermsId",
        "name": "code",
        "type": "bytes32"
      },
      {
        "internalType": "TermsId",
        "name": "outputs",
        "type": "bytes32"
      }
    ],
    "name": "LicenseRegistryInvalidSet",
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
    "name": "LicenseRegistryTextLength",
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
        "internalType": "TierId",
        "name": "tier",
        "type": "bytes32"
      }
    ],
    "name": "LicenseRegistryTierWithdrawn",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint256",
        "name": "count",
        "type": "uint256"
      }
    ],
    "name": "LicenseRegistryTooManyThresholds",
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
    "name": "LicenseRegistryTooManyTiers",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint8",
        "name": "metric",
        "type": "uint8"
      }
    ],
    "name": "LicenseRegistryUndefinedMetric",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint32",
        "name": "obligations",
        "type": "uint32"
      }
    ],
    "name": "LicenseRegistryUndefinedObligations",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint32",
        "name": "rights",
        "type": "uint32"
      }
    ],
    "name": "LicenseRegistryUndefinedRights",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "TermsId",
        "name": "terms",
        "type": "bytes32"
      }
    ],
    "name": "LicenseRegistryUnknownTerms",
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
        "internalType": "TierId",
        "name": "tier",
        "type": "bytes32"
      }
    ],
    "name": "LicenseRegistryUnknownTier",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "publisher",
        "type": "address"
      },
      {
        "internalType": "bytes32",
        "name": "root",
        "type": "bytes32"
      }
    ],
    "name": "ModelRegistryAlreadyAnchored",
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
    "name": "ModelRegistryAlreadyRegistered",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "ModelId",
        "name": "parent",
        "type": "bytes32"
      }
    ],
    "name": "ModelRegistryDuplicateParent",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "ModelRegistryEmptyBatch",
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
        "internalType": "bytes32",
        "name": "root",
        "type": "bytes32"
      }
    ],
    "name": "ModelRegistryInvalidProof",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "signer",
        "type": "address"
      }
    ],
    "name": "ModelRegistryInvalidSignature",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "ModelId",
        "name": "parent",
        "type": "bytes32"
      }
    ],
    "name": "ModelRegistryMissingRelation",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "ModelRegistryMissingWeights",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "ModelId",
        "name": "parent",
        "type": "bytes32"
      }
    ],
    "name": "ModelRegistryRecalledParent",
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
    "name": "ModelRegistrySelfSuccession",
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
    "name": "ModelRegistrySignatureExpired",
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
        "internalType": "enum ModelStatus",
        "name": "status",
        "type": "uint8"
      },
      {
        "internalType": "enum ModelStatus",
        "name": "next",
        "type": "uint8"
      }
    ],
    "name": "ModelRegistryStatusOnlyAdvances",
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
    "name": "ModelRegistryTextTooLong",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint256",
        "name": "count",
        "type": "uint256"
      }
    ],
    "name": "ModelRegistryTooManyParents",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "publisher",
        "type": "address"
      },
      {
        "internalType": "bytes32",
        "name": "root",
        "type": "bytes32"
      }
    ],
    "name": "ModelRegistryUnknownBatch",
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
    "name": "ModelRegistryUnknownModel",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "ModelId",
        "name": "parent",
        "type": "bytes32"
      }
    ],
    "name": "ModelRegistryUnknownParent",
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
    "name": "PublisherRegistryDomainTooLong",
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
    "name": "PublisherRegistryExpired",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "publisher",
        "type": "address"
      },
      {
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "PublisherRegistryNotController",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "publisher",
        "type": "address"
      },
      {
        "internalType": "address",
        "name": "account",
        "type": "address"
      },
      {
        "internalType": "address",
        "name": "pending",
        "type": "address"
      }
    ],
    "name": "PublisherRegistryNotPendingController",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "publisher",
        "type": "address"
      },
      {
        "internalType": "bytes32",
        "name": "expected",
        "type": "bytes32"
      },
      {
        "internalType": "bytes32",
        "name": "actual",
        "type": "bytes32"
      }
    ],
    "name": "PublisherRegistryProfileMismatch",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "publisher",
        "type": "address"
      },
      {
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "PublisherRegistryUnauthorized",
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
        "internalType": "address",
        "name": "publisher",
        "type": "address"
      },
      {
        "indexed": true,
        "internalType": "bytes32",
        "name": "root",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "internalType": "uint32",
        "name": "count",
        "type": "uint32"
      },
      {
        "indexed": false,
        "internalType": "string",
        "name": "uri",
        "type": "string"
      }
    ],
    "name": "BatchAnchored",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "address",
        "name": "publisher",
        "type": "address"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "previous",
        "type": "address"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "controller",
        "type": "address"
      }
    ],
    "name": "ControllerChanged",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "address",
        "name": "publisher",
        "type": "address"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "controller",
        "type": "address"
      }
    ],
    "name": "ControllerProposed",
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
        "internalType": "ModelId",
        "name": "model",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "bytes32",
        "name": "root",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "internalType": "uint40",
        "name": "anchoredAt",
        "type": "uint40"
      }
    ],
    "name": "ModelMaterialized",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "ModelId",
        "name": "model",
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
    "name": "ModelRecalled",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "ModelId",
        "name": "model",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "publisher",
        "type": "address"
      },
      {
        "indexed": true,
        "internalType": "bytes32",
        "name": "weights",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "internalType": "bytes32",
        "name": "datasets",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "internalType": "bytes32",
        "name": "method",
        "type": "bytes32"
      },
      {
        "indexed": false,
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
        "indexed": false,
        "internalType": "struct Parent[]",
        "name": "parents",
        "type": "tuple[]"
      },
      {
        "indexed": false,
        "internalType": "string",
        "name": "uri",
        "type": "string"
      }
    ],
    "name": "ModelRegistered",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "ModelId",
        "name": "model",
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
    "name": "ModelRetired",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "ModelId",
        "name": "model",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "ModelId",
        "name": "successor",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "ModelSuperseded",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "address",
        "name": "publisher",
        "type": "address"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "operator",
        "type": "address"
      },
      {
        "indexed": false,
        "internalType": "uint40",
        "name": "until",
        "type": "uint40"
      }
    ],
    "name": "OperatorSet",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "ModelId",
        "name": "parent",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "ModelId",
        "name": "model",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "internalType": "enum Relation",
        "name": "relation",
        "type": "uint8"
      }
    ],
    "name": "ParentDeclared",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "address",
        "name": "publisher",
        "type": "address"
      },
      {
        "indexed": true,
        "internalType": "bytes32",
        "name": "profile",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "internalType": "string",
        "name": "domain",
        "type": "string"
      }
    ],
    "name": "ProfileSet",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "address",
        "name": "publisher",
        "type": "address"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "verifier",
        "type": "address"
      },
      {
        "indexed": false,
        "internalType": "bytes32",
        "name": "profile",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "internalType": "uint40",
        "name": "until",
        "type": "uint40"
      }
    ],
    "name": "PublisherVerified",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "TermsId",
        "name": "terms",
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
        "name": "name",
        "type": "string"
      },
      {
        "indexed": false,
        "internalType": "string",
        "name": "uri",
        "type": "string"
      },
      {
        "indexed": false,
        "internalType": "bytes32",
        "name": "text",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "internalType": "uint32",
        "name": "rights",
        "type": "uint32"
      },
      {
        "indexed": false,
        "internalType": "uint32",
        "name": "obligations",
        "type": "uint32"
      },
      {
        "components": [
          {
            "internalType": "uint8",
            "name": "metric",
            "type": "uint8"
          },
          {
            "internalType": "uint128",
            "name": "limit",
            "type": "uint128"
          },
          {
            "internalType": "uint32",
            "name": "withdraws",
            "type": "uint32"
          },
          {
            "internalType": "uint32",
            "name": "adds",
            "type": "uint32"
          }
        ],
        "indexed": false,
        "internalType": "struct Threshold[]",
        "name": "thresholds",
        "type": "tuple[]"
      }
    ],
    "name": "TermsPublished",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "TermsId",
        "name": "terms",
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
        "internalType": "TermsId",
        "name": "weights",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "internalType": "TermsId",
        "name": "code",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "internalType": "TermsId",
        "name": "outputs",
        "type": "bytes32"
      }
    ],
    "name": "TermsSetPublished",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "TierId",
        "name": "tier",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "ModelId",
        "name": "model",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "publisher",
        "type": "address"
      },
      {
        "indexed": false,
        "internalType": "TermsId",
        "name": "terms",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "internalType": "uint32",
        "name": "passThrough",
        "type": "uint32"
      },
      {
        "indexed": false,
        "internalType": "bool",
        "name": "open",
        "type": "bool"
      },
      {
        "indexed": false,
        "internalType": "uint40",
        "name": "maxDuration",
        "type": "uint40"
      },
      {
        "indexed": false,
        "internalType": "uint64",
        "name": "callQuota",
        "type": "uint64"
      },
      {
        "indexed": false,
        "internalType": "uint64",
        "name": "tokenQuota",
        "type": "uint64"
      },
      {
        "indexed": false,
        "internalType": "string",
        "name": "name",
        "type": "string"
      },
      {
        "indexed": false,
        "internalType": "string",
        "name": "uri",
        "type": "string"
      }
    ],
    "name": "TierOffered",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "TierId",
        "name": "tier",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "ModelId",
        "name": "model",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "TierWithdrawn",
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
    "inputs": [
      {
        "internalType": "address",
        "name": "publisher",
        "type": "address"
      }
    ],
    "name": "acceptController",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "publisher",
        "type": "address"
      },
      {
        "internalType": "bytes32",
        "name": "root",
        "type": "bytes32"
      },
      {
        "internalType": "uint32",
        "name": "count",
        "type": "uint32"
      },
      {
        "internalType": "string",
        "name": "uri",
        "type": "string"
      }
    ],
    "name": "anchorBatch",
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
        "internalType": "address",
        "name": "publisher",
        "type": "address"
      },
      {
        "internalType": "bytes32",
        "name": "root",
        "type": "bytes32"
      }
    ],
    "name": "batchOf",
    "outputs": [
      {
        "internalType": "uint40",
        "name": "anchoredAt",
        "type": "uint40"
      },
      {
        "internalType": "uint32",
        "name": "count",
        "type": "uint32"
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
      }
    ],
    "name": "hashRegistration",
    "outputs": [
      {
        "internalType": "ModelId",
        "name": "",
        "type": "bytes32"
      }
    ],
    "stateMutability": "pure",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "publisher",
        "type": "address"
      },
      {
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "isAuthorized",
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
        "internalType": "TermsId",
        "name": "terms",
        "type": "bytes32"
      }
    ],
    "name": "isPublished",
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
        "internalType": "ModelId",
        "name": "model",
        "type": "bytes32"
      }
    ],
    "name": "lineageOf",
    "outputs": [
      {
        "internalType": "ModelRecord",
        "name": "record",
        "type": "uint256"
      },
      {
        "internalType": "TermsId",
        "name": "terms",
        "type": "bytes32"
      },
      {
        "internalType": "ModelId[]",
        "name": "parents",
        "type": "bytes32[]"
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
        "internalType": "bytes32",
        "name": "root",
        "type": "bytes32"
      },
      {
        "internalType": "bytes32[]",
        "name": "proof",
        "type": "bytes32[]"
      }
    ],
    "name": "materialize",
    "outputs": [
      {
        "internalType": "ModelId",
        "name": "model",
        "type": "bytes32"
      }
    ],
    "stateMutability": "nonpayable",
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
        "internalType": "TierId",
        "name": "tier",
        "type": "bytes32"
      }
    ],
    "name": "maxDurationOf",
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
        "internalType": "ModelId",
        "name": "model",
        "type": "bytes32"
      }
    ],
    "name": "modelOf",
    "outputs": [
      {
        "components": [
          {
            "internalType": "address",
            "name": "publisher",
            "type": "address"
          },
          {
            "internalType": "uint40",
            "name": "registeredAt",
            "type": "uint40"
          },
          {
            "internalType": "enum ModelStatus",
            "name": "status",
            "type": "uint8"
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
          }
        ],
        "internalType": "struct IModelRegistry.Model",
        "name": "result",
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
            "internalType": "ModelId",
            "name": "model",
            "type": "bytes32"
          },
          {
            "internalType": "TermsId",
            "name": "terms",
            "type": "bytes32"
          },
          {
            "internalType": "uint32",
            "name": "passThrough",
            "type": "uint32"
          },
          {
            "internalType": "bool",
            "name": "open",
            "type": "bool"
          },
          {
            "internalType": "uint40",
            "name": "maxDuration",
            "type": "uint40"
          },
          {
            "internalType": "uint64",
            "name": "callQuota",
            "type": "uint64"
          },
          {
            "internalType": "uint64",
            "name": "tokenQuota",
            "type": "uint64"
          },
          {
            "internalType": "string",
            "name": "name",
            "type": "string"
          },
          {
            "internalType": "string",
            "name": "uri",
            "type": "string"
          }
        ],
        "internalType": "struct Tier",
        "name": "tier",
        "type": "tuple"
      }
    ],
    "name": "offerTier",
    "outputs": [
      {
        "internalType": "TierId",
        "name": "id",
        "type": "bytes32"
      }
    ],
    "stateMutability": "nonpayable",
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
        "internalType": "TierId",
        "name": "tier",
        "type": "bytes32"
      }
    ],
    "name": "offeredTier",
    "outputs": [
      {
        "internalType": "address",
        "name": "publisher",
        "type": "address"
      },
      {
        "internalType": "bool",
        "name": "open",
        "type": "bool"
      },
      {
        "internalType": "uint40",
        "name": "maxDuration",
        "type": "uint40"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "publisher",
        "type": "address"
      },
      {
        "internalType": "address",
        "name": "operator",
        "type": "address"
      }
    ],
    "name": "operatorUntil",
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
        "internalType": "address",
        "name": "publisher",
        "type": "address"
      },
      {
        "internalType": "address",
        "name": "controller",
        "type": "address"
      }
    ],
    "name": "proposeController",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "components": [
          {
            "internalType": "string",
            "name": "name",
            "type": "string"
          },
          {
            "internalType": "string",
            "name": "uri",
            "type": "string"
          },
          {
            "internalType": "bytes32",
            "name": "text",
            "type": "bytes32"
          },
          {
            "internalType": "uint32",
            "name": "rights",
            "type": "uint32"
          },
          {
            "internalType": "uint32",
            "name": "obligations",
            "type": "uint32"
          },
          {
            "components": [
              {
                "internalType": "uint8",
                "name": "metric",
                "type": "uint8"
              },
              {
                "internalType": "uint128",
                "name": "limit",
                "type": "uint128"
              },
              {
                "internalType": "uint32",
                "name": "withdraws",
                "type": "uint32"
              },
              {
                "internalType": "uint32",
                "name": "adds",
                "type": "uint32"
              }
            ],
            "internalType": "struct Threshold[]",
            "name": "thresholds",
            "type": "tuple[]"
          }
        ],
        "internalType": "struct Terms",
        "name": "terms",
        "type": "tuple"
      }
    ],
    "name": "publishTerms",
    "outputs": [
      {
        "internalType": "TermsId",
        "name": "id",
        "type": "bytes32"
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
            "internalType": "TermsId",
            "name": "weights",
            "type": "bytes32"
          },
          {
            "internalType": "TermsId",
            "name": "code",
            "type": "bytes32"
          },
          {
            "internalType": "TermsId",
            "name": "outputs",
            "type": "bytes32"
          }
        ],
        "internalType": "struct TermsSet",
        "name": "set",
        "type": "tuple"
      }
    ],
    "name": "publishTermsSet",
    "outputs": [
      {
        "internalType": "TermsId",
        "name": "id",
        "type": "bytes32"
      }
    ],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "publisher",
        "type": "address"
      }
    ],
    "name": "publisherOf",
    "outputs": [
      {
        "components": [
          {
            "internalType": "address",
            "name": "controller",
            "type": "address"
          },
          {
            "internalType": "address",
            "name": "pendingController",
            "type": "address"
          },
          {
            "internalType": "uint40",
            "name": "verifiedUntil",
            "type": "uint40"
          },
          {
            "internalType": "bytes32",
            "name": "profile",
            "type": "bytes32"
          }
        ],
        "internalType": "struct IPublisherRegistry.Publisher",
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
        "internalType": "ModelId",
        "name": "model",
        "type": "bytes32"
      },
      {
        "internalType": "string",
        "name": "reason",
        "type": "string"
      }
    ],
    "name": "recall",
    "outputs": [],
    "stateMutability": "nonpayable",
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
        "internalType": "string",
        "name": "reason",
        "type": "string"
      }
    ],
    "name": "recallByAuthority",
    "outputs": [],
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
      }
    ],
    "name": "register",
    "outputs": [
      {
        "internalType": "ModelId",
        "name": "model",
        "type": "bytes32"
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
        "internalType": "address",
        "name": "signer",
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
    "name": "registerBySignature",
    "outputs": [
      {
        "internalType": "ModelId",
        "name": "model",
        "type": "bytes32"
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
        "internalType": "struct Registration[]",
        "name": "registrations",
        "type": "tuple[]"
      }
    ],
    "name": "registerMany",
    "outputs": [
      {
        "internalType": "ModelId[]",
        "name": "models",
        "type": "bytes32[]"
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
        "internalType": "ModelId",
        "name": "model",
        "type": "bytes32"
      },
      {
        "internalType": "string",
        "name": "reason",
        "type": "string"
      }
    ],
    "name": "retire",
    "outputs": [],
    "stateMutability": "nonpayable",
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
        "name": "publisher",
        "type": "address"
      },
      {
        "internalType": "address",
        "name": "operator",
        "type": "address"
      },
      {
        "internalType": "uint40",
        "name": "until",
        "type": "uint40"
      }
    ],
    "name": "setOperator",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "publisher",
        "type": "address"
      },
      {
        "internalType": "bytes32",
        "name": "profile",
        "type": "bytes32"
      },
      {
        "internalType": "string",
        "name": "domain",
        "type": "string"
      }
    ],
    "name": "setProfile",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "ModelId",
        "name": "model",
        "type": "bytes32"
      }
    ],
    "name": "statusOf",
    "outputs": [
      {
        "internalType": "address",
        "name": "publisher",
        "type": "address"
      },
      {
        "internalType": "enum ModelStatus",
        "name": "status",
        "type": "uint8"
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
        "internalType": "ModelId",
        "name": "successor",
        "type": "bytes32"
      }
    ],
    "name": "supersede",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "TermsId",
        "name": "terms",
        "type": "bytes32"
      }
    ],
    "name": "termsBodyOf",
    "outputs": [
      {
        "components": [
          {
            "internalType": "uint32",
            "name": "rights",
            "type": "uint32"
          },
          {
            "internalType": "uint32",
            "name": "unstated",
            "type": "uint32"
          },
          {
            "internalType": "uint32",
            "name": "obligations",
            "type": "uint32"
          },
          {
            "components": [
              {
                "internalType": "uint8",
                "name": "metric",
                "type": "uint8"
              },
              {
                "internalType": "uint128",
                "name": "limit",
                "type": "uint128"
              },
              {
                "internalType": "uint32",
                "name": "withdraws",
                "type": "uint32"
              },
              {
                "internalType": "uint32",
                "name": "adds",
                "type": "uint32"
              }
            ],
            "internalType": "struct Threshold[]",
            "name": "thresholds",
            "type": "tuple[]"
          }
        ],
        "internalType": "struct TermsBody",
        "name": "body",
        "type": "tuple"
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
        "internalType": "TierId",
        "name": "tier",
        "type": "bytes32"
      }
    ],
    "name": "tierOf",
    "outputs": [
      {
        "components": [
          {
            "internalType": "TermsId",
            "name": "terms",
            "type": "bytes32"
          },
          {
            "internalType": "uint32",
            "name": "passThrough",
            "type": "uint32"
          },
          {
            "internalType": "uint40",
            "name": "maxDuration",
            "type": "uint40"
          },
          {
            "internalType": "uint64",
            "name": "callQuota",
            "type": "uint64"
          },
          {
            "internalType": "uint64",
            "name": "tokenQuota",
            "type": "uint64"
          },
          {
            "internalType": "bool",
            "name": "open",
            "type": "bool"
          },
          {
            "internalType": "bool",
            "name": "withdrawn",
            "type": "bool"
          }
        ],
        "internalType": "struct ILicenseRegistry.TierRecord",
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
        "internalType": "ModelId",
        "name": "model",
        "type": "bytes32"
      }
    ],
    "name": "tiersOf",
    "outputs": [
      {
        "internalType": "TierId[]",
        "name": "tiers",
        "type": "bytes32[]"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "publisher",
        "type": "address"
      },
      {
        "internalType": "bytes32",
        "name": "profile",
        "type": "bytes32"
      },
      {
        "internalType": "uint40",
        "name": "until",
        "type": "uint40"
      }
    ],
    "name": "verifyPublisher",
    "outputs": [],
    "stateMutability": "nonpayable",
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
        "internalType": "TierId",
        "name": "tier",
        "type": "bytes32"
      }
    ],
    "name": "withdrawTier",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  }
] as const
