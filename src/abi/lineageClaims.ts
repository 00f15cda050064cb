// Generated from LineageClaims by scripts/generate-abi.ts. Do not edit.
/** ABI of the LineageClaims contract. */
export const lineageClaimsAbi = [
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
        "internalType": "contract IPublisherRegistry",
        "name": "publishers",
        "type": "address"
      },
      {
        "internalType": "uint256",
        "name": "deposit_",
        "type": "uint256"
      },
      {
        "internalType": "uint40",
        "name": "contestPeriod_",
        "type": "uint40"
      },
      {
        "internalType": "address",
        "name": "treasury_",
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
    "inputs": [
      {
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      }
    ],
    "name": "LineageClaimsAlreadyAccepted",
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
        "internalType": "ModelId",
        "name": "parent",
        "type": "bytes32"
      }
    ],
    "name": "LineageClaimsAlreadyAttested",
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
        "internalType": "ModelId",
        "name": "parent",
        "type": "bytes32"
      }
    ],
    "name": "LineageClaimsAlreadyCountersigned",
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
        "internalType": "ModelId",
        "name": "parent",
        "type": "bytes32"
      }
    ],
    "name": "LineageClaimsAlreadyDeclared",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      }
    ],
    "name": "LineageClaimsAlreadyDisclosed",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      }
    ],
    "name": "LineageClaimsAlreadyFiled",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      },
      {
        "internalType": "uint40",
        "name": "contestUntil",
        "type": "uint40"
      }
    ],
    "name": "LineageClaimsContestClosed",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      },
      {
        "internalType": "uint40",
        "name": "contestUntil",
        "type": "uint40"
      }
    ],
    "name": "LineageClaimsContestOpen",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      }
    ],
    "name": "LineageClaimsEvidenceMismatch",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "LineageClaimsMissingRelation",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "LineageClaimsMissingSubject",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "LineageClaimsMissingTreasury",
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
    "name": "LineageClaimsNoDeposit",
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
    "name": "LineageClaimsNotAProduct",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      }
    ],
    "name": "LineageClaimsNotAccepted",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      },
      {
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "LineageClaimsNotClaimant",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      }
    ],
    "name": "LineageClaimsNotDisclosed",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      },
      {
        "internalType": "bytes32",
        "name": "weights",
        "type": "bytes32"
      }
    ],
    "name": "LineageClaimsNotInherited",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      }
    ],
    "name": "LineageClaimsProduct",
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
    "name": "LineageClaimsSelfParent",
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
    "name": "LineageClaimsTextTooLong",
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
    "name": "LineageClaimsTooManyParents",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "to",
        "type": "address"
      }
    ],
    "name": "LineageClaimsTransferFailed",
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
    "name": "LineageClaimsUnauthorized",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      },
      {
        "internalType": "enum ClaimState",
        "name": "state",
        "type": "uint8"
      }
    ],
    "name": "LineageClaimsUnexpectedState",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      }
    ],
    "name": "LineageClaimsUnknownClaim",
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
        "internalType": "ModelId",
        "name": "parent",
        "type": "bytes32"
      }
    ],
    "name": "LineageClaimsUnknownEdge",
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
    "name": "LineageClaimsUnknownModel",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint40",
        "name": "contestPeriod",
        "type": "uint40"
      }
    ],
    "name": "LineageClaimsWrongContestPeriod",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint256",
        "name": "value",
        "type": "uint256"
      },
      {
        "internalType": "uint256",
        "name": "deposit",
        "type": "uint256"
      }
    ],
    "name": "LineageClaimsWrongDeposit",
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
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "adjudicator",
        "type": "address"
      }
    ],
    "name": "ClaimAccepted",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "ClaimAcknowledged",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "ClaimId",
        "name": "claim",
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
        "name": "uri",
        "type": "string"
      }
    ],
    "name": "ClaimContested",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "bytes32",
        "name": "subject",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "ModelId",
        "name": "parent",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "internalType": "address",
        "name": "claimant",
        "type": "address"
      },
      {
        "indexed": false,
        "internalType": "bool",
        "name": "product",
        "type": "bool"
      },
      {
        "indexed": false,
        "internalType": "enum Relation",
        "name": "relation",
        "type": "uint8"
      },
      {
        "indexed": false,
        "internalType": "bytes32",
        "name": "commitment",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "internalType": "uint40",
        "name": "contestUntil",
        "type": "uint40"
      },
      {
        "indexed": false,
        "internalType": "uint256",
        "name": "deposit",
        "type": "uint256"
      }
    ],
    "name": "ClaimFiled",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "adjudicator",
        "type": "address"
      },
      {
        "indexed": false,
        "internalType": "bool",
        "name": "upheld",
        "type": "bool"
      },
      {
        "indexed": false,
        "internalType": "string",
        "name": "uri",
        "type": "string"
      }
    ],
    "name": "ClaimRuled",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      }
    ],
    "name": "ClaimWithdrawn",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "ClaimId",
        "name": "claim",
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
        "internalType": "uint256",
        "name": "amount",
        "type": "uint256"
      }
    ],
    "name": "DepositCredited",
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
        "indexed": true,
        "internalType": "address",
        "name": "to",
        "type": "address"
      },
      {
        "indexed": false,
        "internalType": "uint256",
        "name": "amount",
        "type": "uint256"
      }
    ],
    "name": "DepositWithdrawn",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "bytes32",
        "name": "evidence",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "internalType": "bytes32",
        "name": "salt",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "internalType": "string",
        "name": "uri",
        "type": "string"
      },
      {
        "indexed": false,
        "internalType": "uint40",
        "name": "contestUntil",
        "type": "uint40"
      }
    ],
    "name": "EvidenceDisclosed",
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
        "name": "parent",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "internalType": "enum Relation",
        "name": "relation",
        "type": "uint8"
      },
      {
        "indexed": false,
        "internalType": "enum EvidenceGrade",
        "name": "grade",
        "type": "uint8"
      },
      {
        "indexed": false,
        "internalType": "bool",
        "name": "undisclosed",
        "type": "bool"
      }
    ],
    "name": "ParentAttested",
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
        "name": "parent",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "ParentCountersigned",
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
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      }
    ],
    "name": "accept",
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
    "name": "acceptedClaimsOf",
    "outputs": [
      {
        "internalType": "uint256",
        "name": "",
        "type": "uint256"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      }
    ],
    "name": "acknowledge",
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
        "internalType": "ModelId",
        "name": "parent",
        "type": "bytes32"
      },
      {
        "internalType": "enum Relation",
        "name": "relation",
        "type": "uint8"
      }
    ],
    "name": "attestParent",
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
    "name": "attestedParentsOf",
    "outputs": [
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
          },
          {
            "internalType": "enum EvidenceGrade",
            "name": "grade",
            "type": "uint8"
          },
          {
            "internalType": "bool",
            "name": "undisclosed",
            "type": "bool"
          },
          {
            "internalType": "uint40",
            "name": "attestedAt",
            "type": "uint40"
          }
        ],
        "internalType": "struct AttestedParent[]",
        "name": "parents",
        "type": "tuple[]"
      }
    ],
    "stateMutability": "view",
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
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      }
    ],
    "name": "claimOf",
    "outputs": [
      {
        "components": [
          {
            "internalType": "address",
            "name": "claimant",
            "type": "address"
          },
          {
            "internalType": "uint40",
            "name": "contestUntil",
            "type": "uint40"
          },
          {
            "internalType": "enum ClaimState",
            "name": "state",
            "type": "uint8"
          },
          {
            "internalType": "enum Relation",
            "name": "relation",
            "type": "uint8"
          },
          {
            "internalType": "bool",
            "name": "product",
            "type": "bool"
          },
          {
            "internalType": "bool",
            "name": "disclosed",
            "type": "bool"
          },
          {
            "internalType": "bool",
            "name": "accepted",
            "type": "bool"
          },
          {
            "internalType": "bytes32",
            "name": "subject",
            "type": "bytes32"
          },
          {
            "internalType": "ModelId",
            "name": "parent",
            "type": "bytes32"
          }
        ],
        "internalType": "struct Claim",
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
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      },
      {
        "internalType": "string",
        "name": "uri",
        "type": "string"
      }
    ],
    "name": "contest",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "contestPeriod",
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
      },
      {
        "internalType": "ModelId",
        "name": "parent",
        "type": "bytes32"
      }
    ],
    "name": "countersign",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "deposit",
    "outputs": [
      {
        "internalType": "uint256",
        "name": "",
        "type": "uint256"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "depositOf",
    "outputs": [
      {
        "internalType": "uint256",
        "name": "",
        "type": "uint256"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      },
      {
        "internalType": "bytes32",
        "name": "evidence",
        "type": "bytes32"
      },
      {
        "internalType": "bytes32",
        "name": "salt",
        "type": "bytes32"
      },
      {
        "internalType": "string",
        "name": "uri",
        "type": "string"
      }
    ],
    "name": "disclose",
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
        "internalType": "bool",
        "name": "product",
        "type": "bool"
      },
      {
        "internalType": "ModelId",
        "name": "parent",
        "type": "bytes32"
      },
      {
        "internalType": "enum Relation",
        "name": "relation",
        "type": "uint8"
      },
      {
        "internalType": "bytes32",
        "name": "commitment",
        "type": "bytes32"
      }
    ],
    "name": "file",
    "outputs": [
      {
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      }
    ],
    "stateMutability": "payable",
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
        "name": "parent",
        "type": "bytes32"
      }
    ],
    "name": "gradeOf",
    "outputs": [
      {
        "internalType": "enum EvidenceGrade",
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
        "internalType": "address",
        "name": "claimant",
        "type": "address"
      },
      {
        "internalType": "bytes32",
        "name": "subject",
        "type": "bytes32"
      },
      {
        "internalType": "bool",
        "name": "product",
        "type": "bool"
      },
      {
        "internalType": "ModelId",
        "name": "parent",
        "type": "bytes32"
      },
      {
        "internalType": "enum Relation",
        "name": "relation",
        "type": "uint8"
      },
      {
        "internalType": "bytes32",
        "name": "commitment",
        "type": "bytes32"
      }
    ],
    "name": "hashClaim",
    "outputs": [
      {
        "internalType": "ClaimId",
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
        "name": "claimant",
        "type": "address"
      },
      {
        "internalType": "bytes32",
        "name": "evidence",
        "type": "bytes32"
      },
      {
        "internalType": "bytes32",
        "name": "salt",
        "type": "bytes32"
      }
    ],
    "name": "hashCommitment",
    "outputs": [
      {
        "internalType": "bytes32",
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
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      }
    ],
    "name": "inherit",
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
    "inputs": [],
    "name": "resumeWrites",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      },
      {
        "internalType": "bool",
        "name": "upheld",
        "type": "bool"
      },
      {
        "internalType": "string",
        "name": "uri",
        "type": "string"
      }
    ],
    "name": "rule",
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
    "inputs": [],
    "name": "treasury",
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
        "internalType": "ClaimId",
        "name": "claim",
        "type": "bytes32"
      }
    ],
    "name": "withdraw",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address payable",
        "name": "to",
        "type": "address"
      }
    ],
    "name": "withdrawDeposit",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  }
] as const
